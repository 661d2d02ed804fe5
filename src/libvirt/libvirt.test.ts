import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIBVIRT_CASES, type Libvirts } from '../../test/conformance/libvirt-suite.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../testing/fake-libvirt/fake-libvirt.ts';
import { connectLibvirt } from './client/libvirt.ts';
import { startScram } from './client/scram.ts';
import { PROCEDURES } from './protocol/procedures.ts';

const AUTHENTICATION = ['AUTH_SASL_INIT', 'AUTH_SASL_START', 'AUTH_SASL_STEP', 'AUTH_POLKIT'];

describe('the fake libvirt', () => {
  let fake: FakeLibvirt;
  let libvirts: Libvirts;

  beforeAll(async () => {
    fake = await startFakeLibvirt({ nodeDevices: { pci_0002_00_00_0: '<device><name>pci_0002_00_00_0</name></device>' } });
    const at = `socket=${fake.socket}`;
    libvirts = { qemu: await connectLibvirt(`qemu+unix:///system?${at}`, { pulse: true }), test: await connectLibvirt(`test+unix:///default?${at}`) };
  });
  afterAll(async () => {
    await libvirts.qemu.close();
    await libvirts.test.close();
    await fake.stop();
  });

  for (const { title, run } of LIBVIRT_CASES) it(title, () => run(libvirts));

  it('has been asked every procedure of the table but those of authentication', async () => {
    const again = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`);
    await again.close();
    expect(Object.keys(PROCEDURES).filter((name) => !(fake.called as ReadonlySet<string>).has(name))).toEqual(AUTHENTICATION);
  });
});

describe('a server that wants to know who we are', () => {
  it.each([
    ['lets in who knows the password', 'sesame', undefined],
    ['keeps out who does not', 'wrong', 'libvirt-auth'],
    ['keeps out who says nothing', undefined, 'libvirt-auth'],
  ])('%s', async (_, password, code) => {
    const fake = await startFakeLibvirt({ auth: { user: 'ali', password: 'sesame' } });
    const credentials = (): Promise<{ user: string; password: string } | undefined> =>
      Promise.resolve(password === undefined ? undefined : { user: 'ali', password });
    const connected = connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`, { credentials });
    if (code === undefined) await (await connected).close();
    else await expect(connected).rejects.toMatchObject({ code, hint: expect.any(String) as string });
    await fake.stop();
  });

  it('may be a policy that says no', async () => {
    const fake = await startFakeLibvirt({ auth: 'polkit' });
    await expect(connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`)).rejects.toMatchObject({
      code: 'libvirt-auth',
      hint: expect.stringContaining("group 'libvirt'") as string,
    });
    await fake.stop();
  });
});

describe('SCRAM-SHA-256', () => {
  const start = (): ReturnType<typeof startScram> => startScram('user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');
  const challenge = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';

  it('has the values of RFC 7677', () => {
    const scram = start();
    expect(scram.first).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    expect(scram.final(challenge)).toBe('c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=');
    expect(() => scram.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).not.toThrow();
  });

  it.each([
    ['a challenge to somebody else', 'r=other,s=W22Z,i=4096'],
    ['no nonce of the server', 'r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096'],
    ['few iterations', challenge.replace('4096', '1')],
    ['iterations without end', challenge.replace('4096', '99999999999')],
  ])('does not answer to %s', (_, text) => {
    expect(() => start().final(text)).toThrow(expect.objectContaining({ code: 'libvirt-auth' }) as Error);
  });

  it('notices a server that does not know the password', () => {
    const scram = start();
    scram.final(challenge);
    expect(() => scram.verify('v=AAAA')).toThrow(/does not know the password/);
    expect(() => scram.verify('e=other-error')).toThrow(/other-error/);
  });
});
