/** What the configuration space says, read as libvirt reads it. */

const STATUS = 0x06;
const HEADER_TYPE = 0x0e;
const CAPABILITY_POINTER = 0x34;
const FIRST_CAPABILITY = 0x40;
const EXPRESS = 0x10;
const CONVENTIONAL_LENGTH = 256;

/** 0 endpoint, 1 PCI bridge, 2 CardBus bridge (PCI 3.0 §6.2.1). */
export function headerType(config: Uint8Array | undefined): number | undefined {
  const byte = config?.[HEADER_TYPE];
  return byte === undefined ? undefined : byte & 0x7f;
}

/** What an ordinary user sees of the config space: the header, without the list of capabilities. */
const HEADER_LENGTH = 64;

/**
 * PCI Express: there is an Express capability, or the list cannot be read and the space is not exactly the
 * 256 bytes of conventional PCI. Undefined when only the header could be read, which has neither.
 */
export function isExpress(config: Uint8Array | undefined): boolean | undefined {
  if (config !== undefined && findCapability(config, EXPRESS) !== undefined) return true;
  if (config !== undefined && config.length <= HEADER_LENGTH) return undefined;
  return config?.length !== CONVENTIONAL_LENGTH;
}

/** Whether a function answers: reading one that does not gives ones only (PCI Express Base Specification 2.3.2). */
export function answersReads(config: Uint8Array | undefined): boolean {
  return config === undefined || config.length === 0 || config.subarray(0, HEADER_LENGTH).some((byte) => byte !== 0xff);
}

/** Offset of a capability; bytes that cannot be read count as 0. */
export function findCapability(config: Uint8Array, id: number): number | undefined {
  const byte = (offset: number): number => config[offset] ?? 0;
  if ((byte(STATUS) & 0x10) === 0) return undefined;
  let at = byte(CAPABILITY_POINTER);
  // A broken list may be a loop: there is room for at most 48 capabilities.
  for (let i = 0; i < 48 && at >= FIRST_CAPABILITY && at !== 0xff; i += 1) {
    if (byte(at) === id) return at;
    at = byte(at + 1);
  }
  return undefined;
}

const EXTENDED = 0x100;

/** Offset of an extended capability (PCI Express Base Specification 7.6.3); undefined when the space ends before. */
export function findExtendedCapability(config: Uint8Array, id: number): number | undefined {
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  let at = EXTENDED;
  // Each capability has at least 4 bytes of the 3,840 there are.
  for (let i = 0; i < 960 && at >= EXTENDED && at + 4 <= config.length; i += 1) {
    const header = view.getUint32(at, true);
    if (header === 0 || header === 0xffff_ffff) return undefined;
    if ((header & 0xffff) === id) return at;
    at = (header >>> 20) & 0xffc;
  }
  return undefined;
}
