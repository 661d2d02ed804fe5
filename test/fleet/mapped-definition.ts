/** The definition of a guest that wants one function of the mapping `gpu-a10`, and says nothing that a host could refuse. */
export function mappedDefinition(name: string): string {
  return `<domain type='kvm'>
  <name>${name}</name>
  <memory unit='GiB'>8</memory>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source mapping='gpu-a10'/>
    </hostdev>
  </devices>
</domain>
`;
}
