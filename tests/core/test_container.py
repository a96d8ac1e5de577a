"""Which folder is ours."""

from __future__ import annotations

from outlookd.core.container import Container, Create, Examine, Missing, Taken, Use, choose, is_kin, next_name
from outlookd.core.marker import folder_marker

MINE, OTHERS = folder_marker("me", "job"), folder_marker("them", "job")


def folder(id: str, name: str = "GoPaaS", marker: str = "", parent: str = "root") -> Container:
    return Container(id=id, name=name, marker=marker, parent=parent)


def chosen(*found: Container, known: Container | None = None, recreate: bool = False):
    return choose(found, known=known, name="GoPaaS", marker=MINE, recreate=recreate)


def test_the_known_folder_is_used_whatever_it_is_called():
    assert chosen(folder("a", "Clients"), folder("b"), known=folder("a")) == Use(container=folder("a", "Clients"))


def test_a_stamped_folder_is_ours_without_being_known():
    assert chosen(folder("a"), folder("b", "X", MINE)) == Use(container=folder("b", "X", MINE))


def test_of_two_stamped_folders_the_lowest_id_is_ours():
    assert chosen(folder("b", marker=MINE), folder("a", marker=MINE)) == Use(container=folder("a", marker=MINE))


def test_a_folder_of_the_wanted_name_is_only_examined():
    assert chosen(folder("a", "gopaas")) == Examine(container=folder("a", "gopaas"))


def test_a_folder_of_another_installation_is_refused():
    assert chosen(folder("a", marker=OTHERS)) == Taken()


def test_without_any_a_folder_is_created():
    assert chosen(folder("a", "Famille")) == Create(name="GoPaaS")


def test_a_missing_known_folder_is_not_created_without_a_word():
    assert isinstance(chosen(known=folder("a")), Missing)
    assert chosen(known=folder("a"), recreate=True) == Create(name="GoPaaS")


def test_a_stamped_folder_replaces_a_known_one_that_is_gone():
    assert chosen(folder("b", marker=MINE), known=folder("a")) == Use(container=folder("b", marker=MINE))


def test_a_folder_moved_below_another_is_missing():
    assert isinstance(chosen(folder("a", parent="trash"), known=folder("a")), Missing)


def test_kinship_needs_a_shared_contact_or_an_empty_folder():
    assert is_kin(["a", ""], [])
    assert is_kin(["a", ""], ["a", "z"])
    assert not is_kin(["a", ""], ["", "z"])


def test_a_taken_name_is_counted_up_without_regard_to_case():
    assert next_name("GoPaaS", ["gopaas", "GOPAAS (2)"]) == "GoPaaS (3)"
    assert next_name("GoPaaS", []) == "GoPaaS"
