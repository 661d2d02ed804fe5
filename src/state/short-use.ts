/** Why a function has its verdict, in so few words that they fit a column: `/`, `default route`, `guest web`. The whole chain is what `check` is for. */
import type { Evidence } from './verdict.ts';

/** What somebody would miss most comes first. */
const FIRST = [/^\/(?: |$)/, /^your own session/, /^default route/, /^\//, /^swap/, /^guest /];

/**
 * The uses that evidence tells, each once.
 *
 * @example
 * ```ts
 * import { shortUses } from 'hostdev';
 * console.log(shortUses([{ kind: 'storage', chain: ['nvme0n1p2', 'LVM vg0-root', 'mounted on /'] }]).join(', ')); // → /
 * ```
 */
export function shortUses(evidence: readonly Evidence[]): string[] {
  const words = [...new Set(evidence.map(shortUse))];
  const rank = (word: string): number => {
    const at = FIRST.findIndex((pattern) => pattern.test(word));
    return at === -1 ? FIRST.length : at;
  };
  return words.sort((a, b) => rank(a) - rank(b));
}

function shortUse({ kind, chain, guest }: Evidence): string {
  const [first = '', second = ''] = chain;
  if (guest !== undefined) return `guest ${guest}`;
  switch (kind) {
    case 'bridge':
      return 'bridge';
    case 'no group':
      return 'no IOMMU group';
    case 'dead':
      return 'does not answer';
    case 'unreadable':
      return `not known: ${first}`;
    case 'VMD':
      return first.replace(/^it is behind (?:the VMD controller)?/, 'behind VMD');
    case 'group':
      // `group mate 0000:01:00.1` and what is said of it, or the bridge that keeps the group.
      return first.includes(' has ') ? first.replace(/^.* has /, 'with ') : `${last(second.split(' → '))} (${first})`;
    case 'console':
      return second === 'the console draws on it' ? 'boot framebuffer' : last(chain);
    default:
      return last(chain);
  }
}

/** `mounted on /` → `/`; of what has an explanation behind a colon only what it is. */
function last(chain: readonly string[]): string {
  const text = chain.at(-1) ?? '';
  return text.replace(/^(?:mounted on|address) /, '').replace(/^(boot VGA|PF with \d+ VFs?):.*$/, '$1');
}
