/** The facts of a function's panel, in the order in which people ask for them; what is not known is left out. */
import type { FunctionDetails } from '../connection/api.ts';
import { idWords } from './words.ts';

export type Fact = readonly [name: string, value: string];

export function functionFacts({ function: listed, details }: FunctionDetails): readonly Fact[] {
  const { sriov, link, zpci } = details;
  const facts: readonly (readonly [string, string | number | null | undefined])[] = [
    ['class', [details.className, `(${details.class})`].filter(Boolean).join(' ')],
    ['device', [details.vendorName, details.deviceName, `[${`${details.vendor}:${details.device}`.replaceAll('0x', '')}]`].filter(Boolean).join(' ')],
    ['subsystem', [details.subsystemName, details.subsystem].filter(Boolean).join(' ')],
    ['zPCI', idWords(details)],
    ['PCHID', [details.pchid, details.port === null ? null : `port ${details.port}`].filter(Boolean).join(' ')],
    ['driver', details.driver ?? 'none'],
    ['driver override', details.driverOverride],
    ['the kernel calls it', listed.kernelNames.join(', ')],
    ['behind', listed.behind],
    ['IOMMU group', details.iommuGroup === null ? 'none' : details.iommuGroup],
    ['reset', details.resetMethods.join(', ') || 'none that the kernel knows'],
    ['NUMA node', details.numaNode],
    ['link', link === null ? '' : linkWords(link)],
    ['physical function', details.physicalFunction],
    ['virtual functions', sriov === null ? '' : `${sriov.numVfs ?? '?'} of ${sriov.totalVfs ?? '?'}`],
    ['boot screen', details.bootVga ? 'yes' : ''],
    ['unique uids', zpci === null || zpci.uidIsUnique === null ? '' : zpci.uidIsUnique ? 'yes' : 'no'],
    ['libvirt calls it', details.nodeDevice],
  ];
  return facts.flatMap(([name, value]) => (value === null || value === undefined || value === '' ? [] : [[name, String(value)] as const]));
}

/** @example linkWords({ speed: '8.0 GT/s PCIe', width: '4', maxSpeed: '16.0 GT/s PCIe', maxWidth: '4' }) → '8.0 GT/s PCIe ×4 (could be 16.0 GT/s PCIe ×4)' */
export function linkWords({ speed, width, maxSpeed, maxWidth }: NonNullable<FunctionDetails['details']['link']>): string {
  const words = (a: string | null, b: string | null): string => [a, b === null ? null : `×${b}`].filter(Boolean).join(' ');
  const now = words(speed, width);
  const most = words(maxSpeed, maxWidth);
  return most === '' || most === now ? now : `${now} (could be ${most})`.trim();
}
