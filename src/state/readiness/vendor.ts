/** What kind of machine it is, by its processor. */
export type Vendor = 'intel' | 'amd' | 'arm' | 'ibm-z' | 'other';

export function vendorOf(cpuinfo: string): Vendor {
  if (cpuinfo.includes('GenuineIntel')) return 'intel';
  if (/AuthenticAMD|HygonGenuine/.test(cpuinfo)) return 'amd';
  if (cpuinfo.includes('IBM/S390')) return 'ibm-z';
  return cpuinfo.includes('CPU implementer') ? 'arm' : 'other';
}
