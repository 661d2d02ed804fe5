/** What loading a module loads with it. Imports that are made when they are needed do not count. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Files and packages that loading files loads, themselves among them. */
export function loadedAtOnce(...files: readonly string[]): string[] {
  const seen = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!file.endsWith('.ts')) continue;
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) (?!type )[^;']*?from '([^']+)';|^import '([^']+)';/gm)) {
      waiting.push(from.startsWith('.') ? normalize(join(dirname(file), from)) : from);
    }
  }
  return [...seen].toSorted();
}
