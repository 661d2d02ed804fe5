/** Where functions are in a guest afterwards, as the answer of the command has it. */
import type { Answer } from '../../../server/api/plan.ts';
import type { CHANGED_FUNCTION, GUEST_CHANGE } from '../../../json/contract/guests.ts';
import type { Of } from '../../../json/contract/shape.ts';

type GuestChange = Of<typeof GUEST_CHANGE>;

export interface PlacedFunction {
  readonly guest: string;
  readonly function: Of<typeof CHANGED_FUNCTION>;
}

/** Empty for what is about no guest, and where no address is known. */
export function placedFunctions({ items }: Pick<Answer, 'items'>): readonly PlacedFunction[] {
  return items.flatMap((item) => {
    if (item['kind'] !== 'guest change') return [];
    const { guest, functions } = item as unknown as GuestChange;
    return functions.filter(({ guestAddress }) => guestAddress !== null).map((each) => ({ guest, function: each }));
  });
}
