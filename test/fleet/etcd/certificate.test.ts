/** Files of a certificate, good and bad ones: each fault is named, and nothing that is in a key is. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { HostdevError } from '../../../src/errors.ts';
import { readIdentity } from '../../../src/fleet/etcd/certificate.ts';
import { describeUnless } from '../../skip.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describeUnless(hasOpenssl ? '' : 'openssl is not installed', 'the certificate that an etcd is shown', () => {
  let directory: string;
  const at = (name: string): string => join(directory, name);

  function make(name: string, subject: string): void {
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', subject];
    const made = spawnSync('openssl', [...words, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'hostdev-identity-'));
    make('kvm1', '/O=example/CN=kvm1');
    make('other', '/CN=other');
    make('nameless', '/O=example');
    spawnSync('openssl', ['ec', '-in', at('kvm1.key'), '-aes256', '-passout', 'pass:secret', '-out', at('locked.key')]);
    writeFileSync(at('empty.pem'), '');
    const key = readFileSync(at('kvm1.key'), 'latin1');
    writeFileSync(at('torn.key'), key.slice(0, key.length / 2));
    // A key where the certificate is expected, which happens.
    writeFileSync(at('key-as-certificate.pem'), key);
  });

  const files = (certificate: string, key: string, ca = 'other.pem'): Parameters<typeof readIdentity>[0] => ({
    ca: at(ca),
    certificate: at(certificate),
    key: at(key),
  });

  it('has the name of the user, and when it ends', async () => {
    const { user, ends } = await readIdentity(files('kvm1.pem', 'kvm1.key'));
    expect(user).toBe('kvm1');
    expect(ends.getTime()).toBeGreaterThan(Date.now());
  });

  it.each([
    ['a key of another certificate', 'kvm1.pem', 'other.key', 'other.pem', 'fleet-certificate', 'other.key is not the key of'],
    ['a key with a passphrase', 'kvm1.pem', 'locked.key', 'other.pem', 'fleet-certificate', 'locked.key is no private key in PEM, or one with a passphrase'],
    ['half a key', 'kvm1.pem', 'torn.key', 'other.pem', 'fleet-certificate', 'torn.key is no private key'],
    ['a key in place of the certificate', 'key-as-certificate.pem', 'kvm1.key', 'other.pem', 'fleet-certificate', 'key-as-certificate.pem is no certificate'],
    ['a certificate in place of the key', 'kvm1.pem', 'kvm1.pem', 'other.pem', 'fleet-certificate', 'kvm1.pem is no private key'],
    ['an empty certificate', 'empty.pem', 'kvm1.key', 'other.pem', 'fleet-certificate', 'empty.pem is no certificate'],
    ['an authority that is none', 'kvm1.pem', 'kvm1.key', 'empty.pem', 'fleet-certificate', 'empty.pem is no certificate of an authority'],
    ['a certificate without a common name', 'nameless.pem', 'nameless.key', 'other.pem', 'fleet-certificate', 'nameless.pem has no common name'],
    ['a file that is not there', 'none.pem', 'kvm1.key', 'other.pem', 'file-not-found', 'there is no file'],
    ['a directory', '.', 'kvm1.key', 'other.pem', 'file-not-found', 'is a directory'],
  ])('%s is refused, and nothing of a key is told', async (_, certificate, key, ca, code, words) => {
    const refusal = await readIdentity(files(certificate, key, ca)).catch((error: unknown) => error);
    if (!(refusal instanceof HostdevError)) throw new Error('it was not refused', { cause: refusal });
    expect([refusal.code, refusal.message]).toEqual([code, expect.stringContaining(words)]);
    // No secret of 20 characters in a row, in whatever is shown or kept of it.
    const shown = JSON.stringify([refusal.message, refusal.hint, refusal.details, refusal.stack, `${refusal.cause as string}`]);
    const secret = readFileSync(at('kvm1.key'), 'latin1').split('\n').slice(1, -2).join('');
    for (let begin = 0; begin + 20 <= secret.length; begin += 1) expect(shown.includes(secret.slice(begin, begin + 20))).toBe(false);
  });
});
