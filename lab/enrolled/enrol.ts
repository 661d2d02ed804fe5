/** An emulated host that can join a fleet: it reaches the store, and has a certificate and an id of its own. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openWayOut } from '../forward/outside.ts';
import type { LabHost } from '../machine/running.ts';
import type { HostsStore } from './store.ts';

/** Where its certificate is, inside. */
const PLACE = '/etc/hostdev';

/** What is in the image is no id of a machine's own. The key is for root alone. */
const ENROL = `sed 's/-//g' /proc/sys/kernel/random/uuid > /etc/machine-id
  mkdir -p ${PLACE} && cp /share/pki/* ${PLACE}/ && chmod 600 ${PLACE}/*.key`;

/** The words of `hostdev fleet join` there. */
export async function enrolHost(host: LabHost, name: string, store: HostsStore): Promise<string> {
  const files = await store.issue(name);
  const pki = join(host.share, 'pki');
  await mkdir(pki);
  await copyFile(files.ca, join(pki, 'ca.pem'));
  await copyFile(files.certificate, join(pki, `${name}.pem`));
  await copyFile(files.key, join(pki, `${name}.key`));
  await host.sh(ENROL);
  await openWayOut(host, store.port);
  return `fleet join ${store.url} --ca ${PLACE}/ca.pem --cert ${PLACE}/${name}.pem --key ${PLACE}/${name}.key`;
}
