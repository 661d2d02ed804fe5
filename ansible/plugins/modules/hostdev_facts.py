#!/usr/bin/python
# Copyright the hostdev maintainers
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

DOCUMENTATION = r"""
module: hostdev_facts
short_description: PCI functions of a host as facts
description:
  - Reads the PCI functions of a host, with what uses each and whether it may be given to a guest, from C(hostdev list).
author:
  - hostdev maintainers
options:
  free:
    description:
      - Only those that are free to be given to a guest, alone or with their IOMMU group.
    type: bool
    default: false
  class_names:
    description:
      - Only those of these classes, for example V(nic), V(gpu) or V(nvme).
    type: list
    elements: str
    default: []
  executable:
    description:
      - The command, by its path where it is not in the search path.
    type: str
    default: hostdev
attributes:
  check_mode:
    description: It changes nothing anyway.
    support: full
  facts:
    description: Makes facts of the host.
    support: full
requirements:
  - hostdev on the host
"""

EXAMPLES = r"""
- name: What there is
  hostdev.host.hostdev_facts:
  become: true

- name: Hosts that have a free network card
  ansible.builtin.group_by:
    key: "free_nic_{{ hostdev_functions | selectattr('classWord', 'equalto', 'nic') | selectattr('verdict', 'equalto', 'free') | list | length > 0 }}"
"""

RETURN = r"""
ansible_facts:
  description: Facts of the host.
  returned: success
  type: dict
  contains:
    hostdev_functions:
      description: Its functions in the order of their addresses, as C(hostdev list --json) has them.
      type: list
      elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hostdev.host.plugins.module_utils.command import COMMON_ARGUMENTS, fail_where_refused, run, warn


def main():
    module = AnsibleModule(
        argument_spec=dict(
            free=dict(type="bool", default=False),
            class_names=dict(type="list", elements="str", default=[]),
            **COMMON_ARGUMENTS
        ),
        supports_check_mode=True,
    )
    words = ["list"]
    if module.params["free"]:
        words.append("--free")
    if module.params["class_names"]:
        words += ["--class", ",".join(module.params["class_names"])]
    answer = run(module, words)
    fail_where_refused(module, answer)
    warn(module, answer)
    module.exit_json(changed=False, ansible_facts=dict(hostdev_functions=answer["items"]), problems=answer["problems"])


if __name__ == "__main__":
    main()
