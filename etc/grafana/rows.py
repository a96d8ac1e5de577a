# ruff: noqa: INP001 - a folder of files for Grafana, not a package
"""What the dashboard of outlookd shows: rows of panels. Knows PromQL and our metrics."""

from __future__ import annotations

from panels import BAD, FAIR, GOOD, PLAIN, Panel, Row, figure, increase, lines, percentile, rate, stack

_STALE = "job_resource:outlookd_sync_stale_per_expected:ratio"
_RESOURCE = ',resource=~"$resource"'
_UPSTREAM = ',upstream=~"$upstream"'
_SHARE = ((None, BAD), (0.95, FAIR), (0.99, GOOD))

AT_A_GLANCE = Row(
    title="At a glance",
    panels=(
        figure(
            "Calendar freshness",
            "Share of the users who are signed in whose calendar was synchronised lately: 30 minutes, or two intervals.",
            f'min(1 - {_STALE}{{@job,resource="calendar"}})',
            "percentunit",
            _SHARE,
        ),
        figure(
            "Contacts freshness",
            "The same for contacts.",
            f'min(1 - {_STALE}{{@job,resource="contacts"}})',
            "percentunit",
            _SHARE,
        ),
        figure(
            "Oldest unanswered write",
            "How long the oldest write that was sent has been without a known outcome.",
            'max(time() - (outlookd_sync_oldest_pending_timestamp_seconds{@,state="unanswered"} > 0)) or vector(0)',
            "s",
            ((None, GOOD), (1800, FAIR), (7200, BAD)),
        ),
        figure(
            "Must sign in",
            "Users with a job and without a valid sign-in.",
            'max(outlookd_users{@,state="needs_consent"})',
            "short",
            ((None, GOOD), (1, FAIR), (20, BAD)),
        ),
        figure(
            "Firing alerts",
            "Alerts of outlookd that fire now.",
            'count(ALERTS{alertname=~"Outlookd.+",alertstate="firing"}) or vector(0)',
            "short",
            ((None, GOOD), (1, FAIR), (3, BAD)),
        ),
        Panel(
            title="Version",
            description="What runs.",
            kind="stat",
            width=4,
            height=4,
            unit="none",
            steps=((None, PLAIN),),
            queries=(("max by (version) (outlookd_build_info{@})", "{{version}}"),),
            names="name",
        ),
    ),
)

SYNCHRONISATION = Row(
    title="Synchronisation",
    panels=(
        stack(
            "Runs by outcome",
            "Runs that ended, per second. partial: some records are in quarantine; held: by a guard; reauth: a sign-in is due.",
            (rate("sync_runs_total", "outcome", _RESOURCE), "{{outcome}}"),
            unit="ops",
        ),
        lines(
            "Run duration",
            "Half, 95 and 99 of a hundred runs are shorter.",
            *(
                (percentile(share, "sync_run_duration_seconds", more=_RESOURCE), f"p{share * 100:.0f}")
                for share in (0.5, 0.95, 0.99)
            ),
            unit="s",
        ),
        lines(
            "Under way",
            "Runs in progress, by what they keep in step.",
            ("sum by (resource) (outlookd_sync_runs_in_progress{@" + _RESOURCE + "})", "{{resource}}"),
            unit="short",
        ),
        stack(
            "Records written",
            "By operation and direction, per second.",
            (rate("sync_items_total", "direction, operation", _RESOURCE), "{{operation}} {{direction}}"),
            unit="ops",
        ),
        stack(
            "Waiting",
            "Records held by a guard, in quarantine, or written without an answer yet.",
            ("max by (resource, state) (outlookd_sync_pending_items{@" + _RESOURCE + "})", "{{resource}} {{state}}"),
            unit="short",
        ),
        lines(
            "Queue wait",
            "How long due jobs wait for a place.",
            *((percentile(share, "queue_wait_seconds"), f"p{share * 100:.0f}") for share in (0.5, 0.95)),
            unit="s",
        ),
        lines(
            "Conflicts",
            "Field groups that were changed on both sides.",
            (increase("sync_conflicts_total", "resource", _RESOURCE), "{{resource}}"),
            unit="short",
            width=6,
        ),
        lines(
            "Safety stops",
            "Runs in which a guard held writes back: somebody has to decide. Where the state is doubted, it ends by itself. "
            "A folder or calendar that is elsewhere or missing stops its job.",
            (increase("sync_safety_stops_total", "resource", _RESOURCE), "{{resource}}"),
            (increase("sync_suspended_runs_total", "resource", _RESOURCE), "{{resource}}: state doubted"),
            (increase("sync_container_stops_total", "resource, reason", _RESOURCE), "{{resource}}: folder {{reason}}"),
            unit="short",
            width=6,
        ),
        lines(
            "Writes that may send mail",
            "Zero unless allow_mail is set.",
            (increase("mail_writes_total", "resource", _RESOURCE), "{{resource}}"),
            unit="short",
            width=6,
        ),
        stack(
            "Turns of the schedule",
            "missed: still waiting for a place when the next was due; overlap: still running.",
            (rate("scheduler_jobs_fired_total", "outcome"), "{{outcome}}"),
            unit="ops",
            width=6,
        ),
    ),
)

FRESHNESS = Row(
    title="The promise: 99 % of users within 30 minutes, over 30 days",
    panels=(
        lines(
            "Stale share",
            "Share of the users who are staler than promised. The budget is 1 %.",
            (_STALE + "{@job" + _RESOURCE + "}", "{{resource}}"),
            unit="percentunit",
        ),
        lines(
            "Burn rate",
            "How many times faster than it may last the budget is being spent; at 14.4 somebody is called.",
            (_STALE + "_avg1h{@job" + _RESOURCE + "} / 0.01", "1 h {{resource}}"),
            (_STALE + "_avg6h{@job" + _RESOURCE + "} / 0.01", "6 h {{resource}}"),
            unit="short",
            steps=((None, GOOD), (6, FAIR), (14.4, BAD)),
        ),
        figure(
            "Budget left (30 days)",
            "What remains of the month's allowance; below zero the promise is broken.",
            "1 - avg_over_time(" + _STALE + "{@job" + _RESOURCE + "}[30d]) / 0.01",
            "percentunit",
            ((None, BAD), (0, FAIR), (0.25, GOOD)),
            legend="{{resource}}",
            width=8,
        ),
    ),
)

SERVICES = Row(
    title="Graph, GoPaaS and Entra",
    panels=(
        stack(
            "Requests by status",
            "Per second, by final status, timeout or connection.",
            (rate("upstream_requests_total", "upstream, code", _UPSTREAM), "{{upstream}} {{code}}"),
            unit="reqps",
        ),
        lines(
            "Latency (p95)",
            "One attempt.",
            (percentile(0.95, "upstream_request_duration_seconds", "upstream", _UPSTREAM), "{{upstream}}"),
            unit="s",
        ),
        lines(
            "Slowest operations (p95)",
            "The five slowest.",
            (
                "topk(5, " + percentile(0.95, "upstream_request_duration_seconds", "upstream, operation", _UPSTREAM) + ")",
                "{{upstream}} {{operation}}",
            ),
            unit="s",
        ),
        stack(
            "Repeated requests",
            "By what had happened to them, per second.",
            (rate("upstream_retries_total", "upstream, reason", _UPSTREAM), "{{upstream}} {{reason}}"),
            unit="ops",
        ),
        lines(
            "Throttled",
            "Seconds waited per second because the service said so: 1 is one run waiting at any time.",
            (rate("upstream_throttled_seconds_total", "upstream", _UPSTREAM), "{{upstream}}"),
            unit="short",
        ),
        lines(
            "Last answer",
            "How long ago the service answered. It is only asked when there is something to ask.",
            (
                "time() - (max by (upstream) (outlookd_upstream_last_success_timestamp_seconds{@" + _UPSTREAM + "}) > 0)",
                "{{upstream}}",
            ),
            unit="s",
        ),
    ),
)

SIGN_IN = Row(
    title="Sign-in and notifications",
    panels=(
        stack("Users by state", "Everybody who has a job.", ("max by (state) (outlookd_users{@})", "{{state}}"), unit="short"),
        stack(
            "Tokens",
            "By outcome, per second. Many needs_consent at once point to a policy, not to users; client_refused to the secret.",
            (rate("oauth_token_refreshes_total", "outcome"), "{{outcome}}"),
            unit="ops",
        ),
        stack(
            "Sign-ins",
            "Begun, and how they ended. state_mismatch and account_mismatch may be an attack.",
            (increase("oauth_flows_total", "outcome"), "{{outcome}}"),
            unit="short",
        ),
        stack(
            "Notifications",
            "From Graph, by outcome, per second.",
            (rate("webhook_notifications_total", "outcome"), "{{outcome}}"),
            unit="ops",
        ),
        stack(
            "Subscriptions",
            "To mailboxes' changes.",
            ("max by (state) (outlookd_webhook_subscriptions{@})", "{{state}}"),
            unit="short",
        ),
        stack(
            "Notices",
            "To the administrator, by mail or web hook.",
            (increase("notifications_total", "channel, outcome"), "{{channel}} {{outcome}}"),
            unit="short",
        ),
        figure(
            "Client secret ends in",
            "As entra.client_secret_expires says. Everybody stops on that day.",
            "min(outlookd_oauth_client_credential_expiry_timestamp_seconds{@}) - time()",
            "s",
            ((None, BAD), (7 * 86400, FAIR), (30 * 86400, GOOD)),
            width=4,
        ),
        figure(
            "Faulty settings records",
            "Settings records of GoPaaS that cannot be used.",
            "max(outlookd_settings_records_faulty{@})",
            "short",
            ((None, GOOD), (1, FAIR)),
        ),
    ),
)

PAGES = Row(
    title="Pages and plugins",
    panels=(
        stack(
            "Requests",
            "By route and status, per second.",
            (rate("http_requests_total", "route, code"), "{{route}} {{code}}"),
            unit="reqps",
            width=6,
        ),
        lines(
            "Pages' latency (p95)",
            "By route.",
            (percentile(0.95, "http_request_duration_seconds", "route"), "{{route}}"),
            unit="s",
            width=6,
        ),
        stack(
            "Hook calls",
            "By plugin and outcome, per second.",
            (rate("plugin_hook_calls_total", "plugin, outcome"), "{{plugin}} {{outcome}}"),
            unit="ops",
            width=6,
        ),
        lines(
            "Hook duration (p95)",
            "A slow hook delays every run.",
            (percentile(0.95, "plugin_hook_duration_seconds", "plugin"), "{{plugin}}"),
            unit="s",
            width=6,
        ),
    ),
)

STORAGE = Row(
    title="State and backup",
    panels=(
        lines(
            "Database",
            "The file and its write-ahead log.",
            ("max by (instance, file) (outlookd_db_size_bytes{@})", "{{instance}} {{file}}"),
            unit="bytes",
        ),
        Panel(
            title="Free disk",
            description="Of the file system that holds the state.",
            unit="percentunit",
            highest=1,
            queries=(
                (
                    "min by (instance) (outlookd_state_filesystem_available_bytes{@} / outlookd_state_filesystem_size_bytes{@})",
                    "{{instance}}",
                ),
            ),
        ),
        lines(
            "Reading the figures",
            "How long the figures of users and freshness took to read.",
            ("max by (instance) (outlookd_snapshot_duration_seconds{@})", "{{instance}}"),
            unit="s",
        ),
        figure(
            "Age of the latest verified backup",
            "Daily; an alert after two that were missed.",
            "max(time() - outlookd_backup_last_success_timestamp_seconds{@})",
            "s",
            ((None, GOOD), (26 * 3600, FAIR), (50 * 3600, BAD)),
            width=6,
        ),
        figure(
            "Size of that backup",
            "Zero before the first.",
            "max(outlookd_backup_size_bytes{@})",
            "bytes",
            ((None, PLAIN),),
            width=6,
        ),
        figure(
            "Ready",
            "1 while runs are started and the state can be written.",
            "min(outlookd_ready{@})",
            "short",
            ((None, BAD), (1, GOOD)),
            width=6,
        ),
        figure(
            "Configuration",
            "1 while the configuration in the file is the one in force.",
            "min(outlookd_config_last_reload_successful{@})",
            "short",
            ((None, BAD), (1, GOOD)),
            width=6,
        ),
    ),
)

PROCESS = Row(
    title="Process",
    panels=(
        lines(
            "CPU",
            "Share of one core.",
            ("rate(process_cpu_seconds_total{@}[$__rate_interval])", "{{instance}}"),
            unit="percentunit",
            width=6,
        ),
        lines("Memory", "Resident.", ("process_resident_memory_bytes{@}", "{{instance}}"), unit="bytes", width=6),
        lines(
            "Event-loop lag (p99)",
            "How late what is due is woken; above 100 ms something blocks.",
            (percentile(0.99, "event_loop_lag_seconds", "instance"), "{{instance}}"),
            unit="s",
            width=6,
        ),
        stack(
            "Log lines",
            "Warnings and worse, per second.",
            (rate("log_events_total", "level", ',level=~"warning|error|critical"'), "{{level}}"),
            unit="ops",
            width=6,
        ),
    ),
)

ROWS = (AT_A_GLANCE, SYNCHRONISATION, FRESHNESS, SERVICES, SIGN_IN, PAGES, STORAGE, PROCESS)
