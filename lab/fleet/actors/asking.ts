/** How a host is asked to take from its guests what was claimed: nobody but a host does that. */
import type { Surroundings } from './surroundings.ts';
import { type Held, move } from './transact.ts';

/** Asks for the functions of claims of one request that are attached. Asked again it is the same. */
export type AskHost = (by: Surroundings, held: readonly Held[]) => Promise<void>;

/** By the claims themselves, as the laboratory's own host understands it. */
export const askByClaims: AskHost = async (by, held) => void (await move(by, held, 'releasing'));
