"""The manual page and the completions of the shells, made from the program's own arguments.

Nothing of it is written by hand, so a new option or command is in all of them.
"""

import argparse
import dataclasses
import datetime
import sys

import facts

sys.path.insert(0, str(facts.TOP))

from acedesk.commands import arguments

FILES = "files"
FOLDERS = "folders"
_KINDS = {"FILE": FILES, "DIR": FOLDERS}
_CHOICES = {"LEVEL": ("debug", "info", "warning", "error")}


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One option of a command.

    Attributes:
        value: What stands for its value in the help, "" when it takes none.
    """

    names: tuple[str, ...]
    value: str
    help: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The values there are, where there are only some."""
        return _CHOICES.get(self.value, ())

    @property
    def kind(self) -> str:
        """`FILES`, `FOLDERS` or nothing."""
        return _KINDS.get(self.value, "")


def commands() -> dict[str, str]:
    """Return what each command does, by its name."""
    return dict(arguments.COMMANDS)


def options(command: str) -> list[Option]:
    """Return the options of a command; that without a name is `arguments.DESKTOP`."""
    parser = arguments.build_parser(command)
    found = []
    for action in parser._actions:  # noqa: SLF001 - argparse tells it nowhere else
        if action.option_strings and action.help != argparse.SUPPRESS:
            takes = action.nargs != 0
            value = str(action.metavar or action.dest.upper()) if takes else ""
            found.append(Option(tuple(action.option_strings), value, action.help or ""))
    return found


def takes_link(command: str) -> bool:
    """Tell whether a command has an argument without a name."""
    parser = arguments.build_parser(command)
    return any(not action.option_strings for action in parser._actions)  # noqa: SLF001


# --- manual page --------------------------------------------------------------------------------


def manual(version: str, epoch: int) -> str:
    """Return the page acedesk(1)."""
    day = datetime.datetime.fromtimestamp(epoch, datetime.UTC).strftime("%Y-%m-%d")
    lines = [
        f'.TH ACEDESK 1 "{day}" "AceDesk {version}" "User Commands"',
        ".SH NAME",
        r"acedesk \- Ace Stream on the desktop: one engine session for every player at home",
        ".SH SYNOPSIS",
        r".B acedesk",
        r"[\fIOPTIONS\fR] [\fILINK\fR]",
        ".br",
        ".B acedesk",
        r"\fICOMMAND\fR [\fIOPTIONS\fR]",
        ".SH DESCRIPTION",
        "Plays Ace Stream links in every player: one session on an engine for each stream, however",
        "many players watch. Without a command it shows its window; a second launch hands its link",
        "to the window that is open.",
        ".SH OPTIONS",
        *_options_of(arguments.DESKTOP),
        ".SH COMMANDS",
    ]
    for name, what in commands().items():
        lines += [f".SS acedesk {_roff(name)}" + (" LINK" if takes_link(name) else "")]
        lines += [_sentence(what), *_options_of(name)]
    return "\n".join([*lines, *_END]) + "\n"


_END = (
    ".SH ENVIRONMENT",
    r"Every setting can also come from the environment as \fBACEDESK_\fR and its name in capitals,",
    r"for example \fBACEDESK_PORT\fR; also \fBACEDESK_DEMO\fR, \fBACEDESK_DATA_DIR\fR and",
    r"\fBACEDESK_CONFIG\fR. The command line comes first, then the environment, the settings file,",
    "the default.",
    ".SH FILES",
    ".TP",
    r"\fI~/.config/acedesk/settings.toml\fR",
    "the settings",
    ".TP",
    r"\fI~/.local/share/acedesk/\fR",
    "everything else that AceDesk keeps",
    ".SH EXIT STATUS",
    "0 after a clean stop, 2 for bad arguments, 1 otherwise, with one line that says why.",
)


def _options_of(command: str) -> list[str]:
    lines = []
    for option in options(command):
        names = ", ".join(rf"\fB{_roff(name)}\fR" for name in option.names)
        value = rf" \fI{_roff(option.value)}\fR" if option.value else ""
        lines += [".TP", f"{names}{value}", _sentence(option.help)]
    return lines


def _sentence(text: str) -> str:
    return _roff(text[:1].upper() + text[1:]).replace("“", r"\(lq").replace("”", r"\(rq")


def _roff(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")


# --- bash ---------------------------------------------------------------------------------------


def bash() -> str:
    """Return the completion of bash."""
    cases = [f"        {_words_case(name)}" for name in (*commands(), "*")]
    values = [f"        {_bash_values(option)}" for option in _distinct() if option.value]
    return "\n".join(
        [
            "# Completion of acedesk for bash; made by packaging/linux/command_line.py.",
            "_acedesk() {",
            "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}",
            "    local command= word options",
            '    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            f"        case $word in {'|'.join(commands())}) command=$word ;; esac",
            "    done",
            "    COMPREPLY=()",
            "    case $previous in",
            *values,
            "    esac",
            "    case $command in",
            *cases,
            "    esac",
            f"    [ -n \"$command\" ] || options+=' {' '.join(commands())}'",
            '    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")',
            "}",
            "complete -F _acedesk acedesk",
            "",
        ]
    )


def _words_case(command: str) -> str:
    found = options(arguments.DESKTOP if command == "*" else command)
    words = " ".join(name for option in found for name in option.names)
    return f"{command}) options='{words}' ;;"


def _bash_values(option: Option) -> str:
    if option.choices:
        what = f"-W '{' '.join(option.choices)}'"
    else:
        what = {FILES: "-f", FOLDERS: "-d"}.get(option.kind, "-W ''")
    reply = f'mapfile -t COMPREPLY < <(compgen {what} -- "$current")'
    return f"{'|'.join(option.names)}) {reply}; return ;;"


def _distinct() -> list[Option]:
    """Return every option once, by its longest name."""
    found = {}
    for command in (arguments.DESKTOP, *commands()):
        for option in options(command):
            found.setdefault(option.names[-1], option)
    return list(found.values())


# --- zsh ----------------------------------------------------------------------------------------


def zsh() -> str:
    """Return the completion of zsh."""
    lines = ["#compdef acedesk", "# Made by packaging/linux/command_line.py.", "", "_acedesk() {"]
    lines += ["    local -a commands", "    commands=("]
    lines += [f"        '{name}:{_zsh_text(what)}'" for name, what in commands().items()]
    lines += ["    )", "    local command=${words[(r)(" + "|".join(commands()) + ")]}"]
    lines += ["    case $command in"]
    for name in commands():
        lines += [f"        {name})", *_zsh_arguments(name, "            "), "            ;;"]
    lines += ["        *)", *_zsh_arguments(arguments.DESKTOP, "            ")]
    lines += ["            ;;", "    esac", "}", "", '_acedesk "$@"', ""]
    return "\n".join(lines)


def _zsh_arguments(command: str, indent: str) -> list[str]:
    specs = []
    for option in options(command):
        value = f":{_zsh_value(option)}" if option.value else ""
        specs += [f"'{name}[{_zsh_text(option.help)}]{value}'" for name in option.names]
    rest = "'*:command:{_describe command commands}'" if command == arguments.DESKTOP else "'*:: :'"
    return [
        f"{indent}_arguments \\",
        *(f"{indent}    {spec} \\" for spec in specs),
        f"{indent}    {rest}",
    ]


def _zsh_value(option: Option) -> str:
    action = {FILES: "_files", FOLDERS: "_files -/"}.get(option.kind, "")
    if option.choices:
        action = f"({' '.join(option.choices)})"
    return f"{_zsh_text(option.value)}:{action}"


def _zsh_text(text: str) -> str:
    for sign in "[]:":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("'", "’")


# --- fish ---------------------------------------------------------------------------------------


def fish() -> str:
    """Return the completion of fish."""
    lines = ["# Completion of acedesk for fish; made by packaging/linux/command_line.py."]
    lines += ["complete -c acedesk -f"]
    none = "'not __fish_seen_subcommand_from " + " ".join(commands()) + "'"
    for name, what in commands().items():
        lines.append(f"complete -c acedesk -n {none} -a {name} -d {_fish_text(what)}")
    for command in (arguments.DESKTOP, *commands()):
        where = none if command == arguments.DESKTOP else f"'__fish_seen_subcommand_from {command}'"
        lines += [_fish_option(option, where) for option in options(command)]
    return "\n".join([*lines, ""])


def _fish_option(option: Option, where: str) -> str:
    names = [
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
    ]
    value = ""
    if option.choices:
        value = f" -xa '{' '.join(option.choices)}'"
    elif option.value:
        value = {FILES: " -rF", FOLDERS: " -xa '(__fish_complete_directories)'"}.get(
            option.kind, " -x"
        )
    return f"complete -c acedesk -n {where} {' '.join(names)}{value} -d {_fish_text(option.help)}"


def _fish_text(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"
