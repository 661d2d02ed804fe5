/** What ip(8) does with the virtual functions of an interface, as far as hostdev asks it. */

/** Settings of one virtual function; changed in place. */
export interface FakeVfSettings {
  mac: string;
  vlan: number;
  trust: boolean;
  spoofchk: boolean;
  max_tx_rate: number;
}

/** Runs `ip -j -d link show dev NAME`, `ip link set dev NAME vf N WORD VALUE` or `ip link set dev NAME up`; gives its output. */
export function fakeIp(args: readonly string[], vfs: readonly FakeVfSettings[]): string {
  if (args.includes('show')) {
    const list = vfs.map((vf, index) => ({
      vf: index,
      link_type: 'ether',
      address: vf.mac,
      vlan_list: vf.vlan === 0 ? [] : [{ vlan: vf.vlan }],
      rate: { max_tx: vf.max_tx_rate, min_tx: 0 },
      spoofchk: vf.spoofchk,
      trust: vf.trust,
    }));
    return JSON.stringify([{ vfinfo_list: list }]);
  }
  if (!args.includes('vf')) return '';
  const [index = '', word = '', value = ''] = args.slice(args.indexOf('vf') + 1);
  const vf = vfs[Number(index)];
  if (vf === undefined) throw Object.assign(new Error('ip failed'), { stderr: 'RTNETLINK answers: Invalid argument' });
  if (word === 'mac') vf.mac = value;
  else if (word === 'vlan' || word === 'max_tx_rate') vf[word] = Number(value);
  else if (word === 'trust' || word === 'spoofchk') vf[word] = value === 'on';
  else throw Object.assign(new Error('ip failed'), { stderr: `Error: argument "${word}" is wrong` });
  return '';
}
