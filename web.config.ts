// The page (--mode page) into dist/web, and as a Cockpit package into dist/cockpit; the planner alone (--mode planner, then --mode editor and --mode schema) into build/planner, a folder that a browser opens as a file.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { writeCockpitPackage } from './packaging/cockpit/package.ts';
import { NOTICES, pageNotices, plannerNotices } from './packaging/licences/plugin.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const SHARED: UserConfig = { publicDir: false, logLevel: 'warn', oxc: { jsx: { runtime: 'automatic' } } };

/** How long plugins take is no news on a busy machine. Vite's own module for imports that come later is left with nothing to do in a classic script. */
const QUIET = { checks: { pluginTimings: false, emptyImportMeta: false } };

const WEB = at('dist/web');

/** Made of what was written, so that it is the same page. */
const cockpitPackage: Plugin = {
  name: 'cockpit-package',
  apply: 'build',
  async writeBundle() {
    const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string };
    await writeCockpitPackage(WEB, at('dist/cockpit'), version);
  },
};

/** Addresses in the page are relative: it is served below any path, Cockpit's too. */
const PAGE: UserConfig = {
  ...SHARED,
  root: at('src/web/page'),
  base: './',
  plugins: [pageNotices, cockpitPackage],
  // A policy that forbids what is inline has no exception for small files.
  build: { outDir: WEB, emptyOutDir: true, assetsInlineLimit: 0, rolldownOptions: QUIET },
};

/** Chromium loads no modules from files, so each script is one classic file. */
function classicScript(name: string, input: string, plugins: Plugin[]): UserConfig {
  return {
    ...SHARED,
    root: at('src/web/planner'),
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [...plugins, plannerNotices(`${name}.${NOTICES}`)],
    build: {
      outDir: at('build/planner'),
      emptyOutDir: false,
      cssCodeSplit: false,
      // It cannot be split, and comes from the disk.
      chunkSizeWarningLimit: 1000,
      rolldownOptions: { ...QUIET, input: at(input), output: { format: 'iife', entryFileNames: `${name}.js`, assetFileNames: `${name}[extname]` } },
    },
  };
}

const document: Plugin = {
  name: 'document',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'index.html', source: readFileSync(at('src/web/planner/alone.html'), 'utf8') });
  },
};

/**
 * libxml2 begins by waiting for its WebAssembly, which is in the script itself; a classic script cannot wait at its top. So all of it is the body of a function,
 * which nobody calls, and the browser does not compile, until there are schemas.
 */
const whenCalled: Plugin = {
  name: 'when-called',
  generateBundle(_, bundle) {
    for (const part of Object.values(bundle)) {
      if (part.type !== 'chunk') continue;
      // Where modules are told where they are: in Node, which this is not.
      const code = part.code.replaceAll('import.meta.url', 'globalThis.location.href');
      part.code = `globalThis.loadHostdevSchema = async () => {\n${code}\nreturn globalThis.createHostdevValidator;\n};\n`;
    }
  },
};

function calledScript(name: string, input: string): UserConfig {
  const script = classicScript(name, input, [whenCalled]);
  const output = { format: 'es', codeSplitting: false, entryFileNames: `${name}.js` } as const;
  return { ...script, build: { ...script.build, target: 'es2022', chunkSizeWarningLimit: 1200, rolldownOptions: { ...QUIET, input: at(input), output } } };
}

const MODES: Readonly<Record<string, UserConfig>> = {
  planner: classicScript('planner', 'src/web/planner/main.tsx', [document]),
  editor: classicScript('editor', 'src/web/planner/editor/script.ts', []),
  schema: calledScript('schema', 'src/web/planner/schema/script.ts'),
};

/** The page is what anything else means: the server of development, and tools that read this file. */
export default defineConfig(({ mode }) => MODES[mode] ?? PAGE);
