/** Where somebody is in the page, as the fragment of its address says it: a reload finds the same place, and a link leads there. */
import { VERDICTS, type VerdictName } from '../../../state/verdict.ts';

export const VIEWS = ['host', 'guests', 'activity', 'fleet', 'planner'] as const;
export type View = (typeof VIEWS)[number];

/** How the functions of the host are shown. */
export const LAYOUTS = ['tree', 'groups', 'table'] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What of the fleet is shown. */
export const FLEET_PARTS = ['hosts', 'functions', 'claims', 'placement'] as const;

/** What is asked of the fleet, in the words of its commands; empty where it is not asked for. */
const FLEET_WORDS = ['part', 'class', 'vendor', 'device', 'numa', 'free', 'on', 'for', 'state'] as const;
export type FleetWord = (typeof FLEET_WORDS)[number];

/** The steps of a change, with what each is about. */
export type Flow =
  | { readonly step: 'choose' | 'check'; readonly wish: string }
  /** With what was asked for: plans end with the server, and are made again then. */
  | { readonly step: 'plan'; readonly plan: string; readonly wish?: string }
  | { readonly step: 'operation'; readonly operation: string };

export interface Place {
  readonly view: View;
  readonly flow: Flow | null;
  /** Function, slot or guest whose panel is open. */
  readonly open: string | null;
  readonly layout: Layout;
  readonly search: string;
  readonly verdict: VerdictName | 'standby' | null;
  readonly classWord: string | null;
  readonly guest: string | null;
  /** Rows that are folded although they begin unfolded, or the other way round. */
  readonly toggled: readonly string[];
  readonly fleet: Readonly<Record<FleetWord, string>>;
}

export const START: Place = {
  ...{ view: 'host', flow: null, open: null, layout: 'tree', search: '', verdict: null, classWord: null, guest: null, toggled: [] },
  fleet: fleetWords(() => ''),
};

const VERDICT_WORDS: ReadonlySet<string> = new Set([...VERDICTS, 'standby']);

/**
 * Reads a fragment; what it does not know is as if it were not there.
 *
 * @example parsePlace('#/guests?open=db1').open → 'db1'
 */
export function parsePlace(fragment: string): Place {
  const [path = '', query = ''] = fragment.replace(/^#\/?/, '').split('?');
  const [first = '', step, id] = path.split('/').map(decode);
  const words = new URLSearchParams(query);
  const verdict = words.get('verdict');
  return {
    view: VIEWS.find((view) => view === first) ?? 'host',
    flow: flowOf(step, id, words),
    open: words.get('open'),
    layout: LAYOUTS.find((layout) => layout === words.get('as')) ?? 'tree',
    search: words.get('search') ?? '',
    verdict: verdict !== null && VERDICT_WORDS.has(verdict) ? (verdict as Place['verdict']) : null,
    classWord: words.get('class'),
    guest: words.get('guest'),
    toggled: words.getAll('toggled'),
    fleet: fleetWords((word) => words.get(`fleet-${word}`) ?? ''),
  };
}

function fleetWords(of: (word: FleetWord) => string): Place['fleet'] {
  return Object.fromEntries(FLEET_WORDS.map((word) => [word, of(word)])) as Place['fleet'];
}

function flowOf(step: string | undefined, id: string | undefined, words: URLSearchParams): Flow | null {
  const wish = words.get('wish');
  if ((step === 'choose' || step === 'check') && wish !== null) return { step, wish };
  if (step === 'plan' && id !== undefined) return { step, plan: id, ...(wish === null ? {} : { wish }) };
  if (step === 'operation' && id !== undefined) return { step, operation: id };
  return null;
}

/** A part of a link that somebody has broken is taken as it stands. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The fragment of a place; what is as at the start is left out. */
export function formatPlace({ view, flow, open, layout, search, verdict, classWord, guest, toggled, fleet }: Place): string {
  const words = new URLSearchParams();
  const given = {
    wish: flow !== null && 'wish' in flow ? (flow.wish ?? '') : '',
    open,
    as: layout === 'tree' ? '' : layout,
    search,
    verdict,
    class: classWord,
    guest,
  };
  for (const [name, value] of Object.entries(given)) if (value !== null && value !== '') words.append(name, value);
  for (const word of FLEET_WORDS) if (fleet[word] !== '') words.append(`fleet-${word}`, fleet[word]);
  for (const key of toggled) words.append('toggled', key);
  const query = words.toString();
  return `#/${[view, ...flowPath(flow)].map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
}

function flowPath(flow: Flow | null): readonly string[] {
  if (flow === null) return [];
  switch (flow.step) {
    case 'plan':
      return ['plan', flow.plan];
    case 'operation':
      return ['operation', flow.operation];
    default:
      return [flow.step];
  }
}
