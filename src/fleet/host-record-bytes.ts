/** The record of a host as a store keeps it: JSON, gzip. */
import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import { HostdevError } from '../errors.ts';
import { HOST } from './model/record-kinds.ts';
import { type Kept, readRecord } from './model/record.ts';
import type { HostRecord } from './model/records.ts';
import { type Entry, VALUE_LIMIT } from './store/store.ts';

/** What a record may have unpacked: 16,384 functions of 1 KiB. Of what is packed smaller than that is never made more. */
const JSON_LIMIT = 16 * 1024 * 1024;

/** @throws {HostdevError} `fleet-too-large` for a host that has more than one key takes. */
export async function encodeHostRecord(record: HostRecord): Promise<Uint8Array> {
  const json = JSON.stringify(record);
  const bytes = await promisify(gzip)(json);
  if (json.length <= JSON_LIMIT && bytes.length <= VALUE_LIMIT) return bytes;
  throw new HostdevError('fleet-too-large', `what ${record.host} has to tell of its ${record.functions.length} functions is ${bytes.length} bytes`, {
    subject: record.host,
    hint: `one key takes ${VALUE_LIMIT}: make fewer virtual functions`,
  });
}

/** @throws {HostdevError} `fleet-record-malformed`, `fleet-record-newer`. */
export async function decodeHostRecord(entry: Entry): Promise<Kept<HostRecord>> {
  return readRecord(entry, unpacked(entry.value), HOST);
}

/** At once: handing a kilobyte to another thread takes three times as long as unpacking it, and lists have thousands of them. */
function unpacked(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: JSON_LIMIT }).toString('utf8');
  } catch {
    // Half a packet, other bytes, and more than the limit are all no record.
    return '';
  }
}
