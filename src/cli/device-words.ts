/** What card a function is of, as columns show it. */

/** As `hostdev list --json` has it; null where it is not known. */
interface Card {
  readonly vendor: string | null;
  readonly vendorName: string | null;
  readonly device: string | null;
  readonly deviceName: string | null;
}

/** `NVIDIA Corporation GA102 [10de:2204]`, as far as there are names; null without a card. */
export function deviceWords(card: Card): string | null {
  return named(card, [card.vendorName, card.deviceName]);
}

/** The same without the vendor where the device has a name: who made it stands in the id. */
export function shortDeviceWords(card: Card): string | null {
  return named(card, [card.deviceName ?? card.vendorName]);
}

/** `[10de:2204]`. */
export function idWords({ vendor, device }: Pick<Card, 'vendor' | 'device'>): string | null {
  return vendor === null || device === null ? null : `[${vendor.slice(2)}:${device.slice(2)}]`;
}

function named(card: Card, names: readonly (string | null)[]): string | null {
  const id = idWords(card);
  return id === null ? null : [...names, id].filter((part) => part !== null).join(' ');
}
