"""What is said of starting with the computer, and of links."""

from acedesk.model.computer.integration import Autostart, AutostartState, LinkOwner
from acedesk.words import integration as words

COMMAND = ("/opt/acedesk", "--background")


def test_only_what_the_check_box_does_not_say_is_said() -> None:
    assert words.autostart_note(Autostart(AutostartState.OFF)) == ""
    assert words.autostart_note(Autostart(AutostartState.ON, COMMAND, is_this=True)) == ""
    assert "switched off" in words.autostart_note(Autostart(AutostartState.DISABLED, COMMAND))
    assert "/opt/acedesk" in words.autostart_note(Autostart(AutostartState.ON, COMMAND))


def test_the_owner_of_links_has_a_name_and_the_button_a_direction() -> None:
    nobody, other, ours = LinkOwner(), LinkOwner("VLC"), LinkOwner("AceDesk", is_ours=True)

    assert "VLC" in words.links_help(other)
    assert "No program" in words.links_help(nobody)
    assert "AceDesk" in words.links_help(ours)
    assert words.links_action(ours) == "Give them back"
    assert words.links_action(other) == words.links_action(nobody) == "Open with AceDesk"
    assert "VLC" in words.offer_text(other)
    assert "No program" in words.offer_text(nobody)
