/** Which route of the table a request means. */
import { HostdevError } from '../../errors.ts';
import { API, type Route, type RouteName, ROUTES } from '../api/routes.ts';

export interface Matched {
  readonly name: RouteName;
  readonly route: Route;
  /** Parts of the path that are data. */
  readonly parts: Readonly<Record<string, string>>;
}

const TABLE: readonly { readonly name: RouteName; readonly route: Route; readonly words: readonly string[] }[] = Object.entries(ROUTES).map(
  ([name, route]) => ({
    name: name as RouteName,
    route,
    words: route.path.split('/'),
  }),
);

export function isOfApi(path: string): boolean {
  return path === API || path.startsWith(`${API}/`) || path.startsWith('/api/');
}

/** @throws {HostdevError} `resource-unknown`, `method-unknown`, `request-malformed`. */
export function matchRoute(method: string, path: string): Matched {
  const words = path.startsWith(`${API}/`) ? path.slice(API.length).split('/').map(decoded) : [];
  const there = TABLE.flatMap(({ words: pattern, ...rest }) => {
    const parts = partsOf(pattern, words);
    return parts === undefined ? [] : [{ ...rest, parts }];
  });
  const found = there.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  if (there.length === 0) throw new HostdevError('resource-unknown', 'there is nothing at that address', { hint: `${API}/openapi.json lists what there is` });
  const allowed = there.map(({ route }) => route.method).join(', ');
  throw new HostdevError('method-unknown', `there is no ${method} of that, but ${allowed}`, { details: { headers: { Allow: allowed } } });
}

function partsOf(pattern: readonly string[], words: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== words.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [at, word] of pattern.entries()) {
    const found = words[at] ?? '';
    if (word.startsWith('{')) parts[word.slice(1, -1)] = found;
    else if (word !== found) return undefined;
  }
  return parts;
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new HostdevError('request-malformed', 'the address has a % that is followed by no two hexadecimal digits');
  }
}
