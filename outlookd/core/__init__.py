"""Pure decisions: no I/O, no clock, no logging, no asyncio. Everything here can be called with literals and printed."""
