#!/usr/bin/python
# Copyright the hostdev maintainers
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

DOCUMENTATION = r"""
module: hostdev_wish
short_description: Make a host's PCI functions, and those of its guests, as they are wished to be
description:
  - Hands a wish to C(hostdev apply) on the host, which plans all of it as one, carries it out in order, and takes all of it back when a step fails.
  - What is already so is left alone, and nothing is changed then.
author:
  - hostdev maintainers
options:
  wish:
    description:
      - How host and guests are to be, as the files of C(hostdev apply) say it; C(schemas/wish.json) of hostdev has what may be in it.
      - RV(ignore:formatVersion) may be left out.
      - Addresses and ids have to be quoted in YAML. Ansible reads YAML 1.1, where C(0x100) without quotes is 256, and C(15:00) is 900.
    type: dict
  files:
    description:
      - Files, or directories of files, on the host instead.
    type: list
    elements: path
  prune:
    description:
      - Takes away what hostdev has made and the wish does not name; nothing else.
    type: bool
    default: false
  host_only:
    description:
      - Leaves pools and guests out, so that libvirt is not asked.
    type: bool
    default: false
  force:
    description:
      - Takes functions although the host uses them. What is lost by that is told as a warning.
    type: bool
    default: false
  timeout:
    description:
      - Seconds that guests have to let something go.
    type: int
    default: 60
  wait:
    description:
      - Seconds to wait for another hostdev on the same host to finish.
    type: int
    default: 60
  executable:
    description:
      - The command, by its path where it is not in the search path.
    type: str
    default: hostdev
attributes:
  check_mode:
    description: Says what would be done, and changes nothing.
    support: full
  diff_mode:
    description: Says of each function, slot, pool and guest how it was and how it is.
    support: full
requirements:
  - hostdev on the host
"""

EXAMPLES = r"""
- name: Four virtual functions, and one of them for web
  hostdev.host.hostdev_wish:
    wish:
      virtualFunctions:
        - physicalFunction: "0000:04:00.0"
          numVfs: 4
          persist: true
          settings:
            - { index: 0, mac: "52:54:00:aa:bb:42", vlan: 42 }
      guests:
        - guest: web
          hostdevs:
            - function: { physicalFunction: "0000:04:00.0", index: 0 }
  become: true

- name: What the files on the host say, and nothing else that hostdev has made
  hostdev.host.hostdev_wish:
    files: [/etc/hostdev]
    prune: true
  become: true
"""

RETURN = r"""
changes:
  description: What was done, or would be, with every step and what undoes it; the items of C(hostdev apply --json).
  returned: success
  type: list
  elements: dict
todo:
  description: Commands that are left to the administrator.
  returned: success
  type: list
  elements: str
problems:
  description: Everything that was said to be wrong, each with C(code), C(message), C(hint) and where it stands.
  returned: always
  type: list
  elements: dict
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hostdev.host.plugins.module_utils.command import COMMON_ARGUMENTS, fail_where_refused, run, warn


def words_of(params, check_mode):
    """The command line."""
    words = ["apply", "--timeout", str(params["timeout"]), "--wait=%d" % params["wait"]]
    words += ["--dry-run"] if check_mode else ["--yes"]
    for name, flag in (("prune", "--prune"), ("host_only", "--host-only"), ("force", "--force")):
        if params[name]:
            words.append(flag)
    files = ["-"] if params["wish"] is not None else params["files"]
    # Behind it a file may be called as anybody likes.
    return words + ["--"] + files


def difference(items):
    """How things were, and how they are: a line each."""
    before = []
    after = []
    for item in items:
        if item["kind"] == "later":
            after.append("%s: planned once %s" % (item["what"], item["why"]))
            continue
        name = "%s %s" % (item["verb"], item["subject"])
        before.append("%s: %s" % (name, item["beforeWords"]))
        after.append("%s: %s" % (name, item["afterWords"]))
    return dict(before="".join(line + "\n" for line in before), after="".join(line + "\n" for line in after))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            wish=dict(type="dict"),
            files=dict(type="list", elements="path"),
            prune=dict(type="bool", default=False),
            host_only=dict(type="bool", default=False),
            force=dict(type="bool", default=False),
            timeout=dict(type="int", default=60),
            wait=dict(type="int", default=60),
            **COMMON_ARGUMENTS
        ),
        mutually_exclusive=[("wish", "files")],
        required_one_of=[("wish", "files")],
        supports_check_mode=True,
    )
    wish = module.params["wish"]
    data = None if wish is None else json.dumps(dict(dict(formatVersion=1), **wish))
    answer = run(module, words_of(module.params, module.check_mode), data)
    fail_where_refused(module, answer, data)
    warn(module, answer, data)
    module.exit_json(
        changed=answer["changed"],
        changes=answer["items"],
        todo=answer["todo"],
        problems=answer["problems"],
        diff=difference(answer["items"]),
    )


if __name__ == "__main__":
    main()
