/** An interface of a pool in a guest, in words. */
import type { WishedInterface } from '../../wish/wish.ts';

export function interfaceWords(guest: string, { mac, network }: Pick<WishedInterface, 'mac' | 'network'>): string {
  return `${guest} has ${mac} of the pool ${network}`;
}
