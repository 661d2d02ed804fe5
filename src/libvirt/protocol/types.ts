/** Types that libvirt's procedures share. Source: remote_protocol.x, virnetprotocol.x. */
import { array, fixedOpaque, int, optional, string, struct } from '../../xdr/codecs.ts';
import { type Codec, malformed, type ValueOf } from '../../xdr/xdr.ts';

/** REMOTE_STRING_MAX. */
const STRING_MAX = 4_194_304;

export const text = string(STRING_MAX);
export const optionalText = optional(text);

/** 16 bytes; as text the usual 36 characters. */
export const uuid: Codec<string> = {
  encode: (writer, value) => {
    const hex = value.replaceAll('-', '');
    if (!/^[0-9a-f]{32}$/i.test(hex)) throw new RangeError(`'${value}' is not a uuid`);
    bytes16.encode(
      writer,
      Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)),
    );
  },
  decode: (reader) => formatUuid(bytes16.decode(reader)),
};
const bytes16 = fixedOpaque(16);

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function formatUuid(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte];
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A guest as libvirt passes it around; `id` is -1 while it does not run. */
export const domain = struct({ name: text, uuid, id: int });
export type DomainRef = ValueOf<typeof domain>;

export const network = struct({ name: text, uuid });
export type NetworkRef = ValueOf<typeof network>;

export const nodeDevice = struct({ name: text });

/** What a call that failed brings; codes, domains and levels are those of virterror.h. */
export const remoteError = struct({
  code: int,
  domain: int,
  message: optionalText,
  level: int,
  dom: optional(domain),
  str1: optionalText,
  str2: optionalText,
  str3: optionalText,
  int1: int,
  int2: int,
  net: optional(network),
});
export type RemoteError = ValueOf<typeof remoteError>;

/** A `char` of XDR takes four bytes, as any number does; SASL data are arrays of those. */
const char: Codec<number> = {
  encode: (writer, value) => writer.uint32(((value << 24) >> 24) >>> 0),
  decode: (reader) => {
    const value = reader.int32();
    if (value < -128 || value > 255) throw malformed(`${value} is not a char`);
    return value & 0xff;
  },
};

/** REMOTE_AUTH_SASL_DATA_MAX. */
export const saslData = array(char, 65_536);
