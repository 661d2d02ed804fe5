/** The page as a Cockpit package: the same files, with Cockpit's script before them, compressed as Cockpit's own are. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cockpitManifest } from './manifest.ts';

/** Cockpit has it for every page, beside the packages. It is the page's only file of somebody else's. */
const SCRIPT = '<script src="../base1/cockpit.js"></script>';

/** Cockpit serves `NAME.gz` for NAME, and unpacks it for whoever takes none. */
const COMPRESSED: ReadonlySet<string> = new Set(['.js', '.css']);

/** Makes the package of the built page. */
export async function writeCockpitPackage(page: string, target: string, version: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'manifest.json'), cockpitManifest(version));
  const entries = await readdir(page, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const from = join(entry.parentPath, entry.name);
    const to = join(target, from.slice(page.length));
    await mkdir(dirname(to), { recursive: true });
    const bytes = await readFile(from);
    if (COMPRESSED.has(extname(entry.name))) await writeFile(`${to}.gz`, gzipSync(bytes, { level: 9 }));
    else await writeFile(to, entry.name === 'index.html' ? withScript(bytes.toString()) : bytes);
  }
}

/** Classic scripts run before modules, wherever both stand. */
function withScript(document: string): string {
  if (!document.includes('<head>')) throw new Error('the page has no head, in which the script of Cockpit would be');
  return document.replace('<head>', `<head>\n    ${SCRIPT}`);
}
