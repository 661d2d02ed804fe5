# Copyright the hostdev maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs the hostdev command, and reads the JSON that it answers with (docs/json.md)."""

from __future__ import annotations

import json

FORMAT_VERSION = 1

COMMON_ARGUMENTS = dict(executable=dict(type="str", default="hostdev"))

# Done, refused or failed, wrong usage, differs: every other status is of something that is not hostdev.
STATUSES = (0, 1, 2, 3)


def run(module, words, data=None):
    """The answer of one command line; a module that fails where there is none."""
    executable = module.get_bin_path(module.params["executable"], required=True)
    command = [executable, words[0], "--json"] + words[1:]
    # The machine's language has no say in what is read by a program.
    status, out, err = module.run_command(command, data=data, environ_update=dict(LC_ALL="C.UTF-8"))
    try:
        answer = json.loads(out)
    except ValueError:
        answer = None
    if status not in STATUSES or not isinstance(answer, dict):
        module.fail_json(msg="%s did not answer in JSON: %s" % (executable, err.strip() or out.strip()), cmd=command, rc=status)
    if answer.get("formatVersion") != FORMAT_VERSION:
        module.fail_json(
            msg="%s answers in version %s of its JSON, and this collection reads version %d; install the collection that comes with it"
            % (executable, answer.get("formatVersion"), FORMAT_VERSION),
            cmd=command,
        )
    return answer


def problem_text(problem, data=None):
    """A problem in one line, as the command itself would say it; of what was handed over, the words that it is about."""
    location = problem.get("location") or {}
    place = ""
    if location.get("line") is not None and location.get("file") not in (None, "-"):
        place = "%s:%s:%s: " % (location["file"], location["line"], location.get("column"))
    elif location.get("column") is not None and data is not None:
        place = "%s: " % data[location["column"] - 1 :][:40]
    hint = "; %s" % problem["hint"] if problem.get("hint") else ""
    return "%s%s [%s]%s" % (place, problem["message"], problem["code"], hint)


def fail_where_refused(module, answer, data=None):
    """Fails with everything that the command said to be wrong."""
    if answer["exitStatus"] in (0, 3):
        return
    errors = [problem_text(each, data) for each in answer["problems"] if each["severity"] == "error"]
    module.fail_json(
        msg="; ".join(errors) or "hostdev ended with status %s" % answer["exitStatus"],
        changed=answer["changed"],
        problems=answer["problems"],
    )


def warn(module, answer, data=None):
    """Tells what was said besides."""
    for each in answer["problems"]:
        if each["severity"] == "warning":
            module.warn(problem_text(each, data))
