/** Where the functions that come go in a guest without libvirt: a free port each, or free ids on IBM Z. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { ZPCI_RANGE, type ZpciIds } from '../../pci/zpci.ts';
import type { Qmp } from '../../qmp/client/qmp.ts';
import { freePorts, noFreePort, qmpId, usedZpciIds } from './qmp-devices.ts';

/** One device as it is added. */
export interface Addition {
  readonly spec: HostdevSpec;
  readonly id: string;
  readonly bus: string | undefined;
  /** In the slot; undefined for a device of one function. */
  readonly function: number | undefined;
  readonly zpci: Required<ZpciIds> | undefined;
}

export async function placeOnPorts(qmp: Qmp, socket: string, specs: readonly HostdevSpec[]): Promise<Addition[]> {
  const ids = specs.find(({ zpci }) => zpci !== undefined);
  if (ids !== undefined)
    throw new HostdevError('zpci-unsupported', 'zPCI ids are given, but the guest has no zPCI', {
      subject: formatPciAddress(ids.source),
      hint: 'leave --uid and --fid out',
    });
  const ports = await freePorts(qmp);
  const isOne = specs.some(({ multifunction }) => multifunction === true);
  if (ports.length < (isOne ? 1 : specs.length)) throw noFreePort(`qmp:${socket}`);
  return specs.map((spec, i) => ({ spec, id: qmpId(spec.source), bus: ports[isOne ? 0 : i], function: isOne ? i : undefined, zpci: undefined }));
}

export async function placeOnZ(qmp: Qmp, specs: readonly HostdevSpec[]): Promise<Addition[]> {
  if (specs.some(({ multifunction }) => multifunction === true)) {
    throw new HostdevError('option-conflict', 'on IBM Z each function is a device of its own', { hint: 'leave --multifunction out' });
  }
  const used = await usedZpciIds(qmp);
  const taken = { uid: new Set(used.map(({ uid }) => uid)), fid: new Set(used.map(({ fid }) => fid)) };
  const choose = (of: 'uid' | 'fid', wanted: number | undefined): number => {
    if (wanted !== undefined && taken[of].has(wanted)) {
      throw new HostdevError(of === 'uid' ? 'zpci-uid-in-use' : 'zpci-fid-in-use', `the guest has ${of} 0x${wanted.toString(16)} already`, {
        hint: `leave --${of} out to have one chosen`,
      });
    }
    let id: number = wanted ?? ZPCI_RANGE[of].min;
    while (taken[of].has(id)) id += 1;
    taken[of].add(id);
    return id;
  };
  return specs.map((spec) => ({
    spec,
    id: qmpId(spec.source),
    bus: undefined,
    function: undefined,
    zpci: { uid: choose('uid', spec.zpci?.uid), fid: choose('fid', spec.zpci?.fid) },
  }));
}
