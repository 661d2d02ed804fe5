import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'tsdown';
import { loadedAtOnce } from './packaging/loaded-at-once.ts';
import { thirdPartyNotices } from './packaging/licences/plugin.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const define = { __HOSTDEV_VERSION__: JSON.stringify(version) };
// Everything the command needs is in the bundle: it starts faster, and one folder can be copied to any host.
const alwaysBundle = [/^(commander|picocolors|diff|string-width|strip-ansi|ansi-regex|is-fullwidth-code-point|emoji-regex|yaml)/];

/** Commander can run commands that are programs of their own; ours are none, and the module for that takes time to load. */
const commanderAlone = {
  name: 'commander-alone',
  transform(code: string, id: string): string | undefined {
    return /commander[/\\]lib[/\\]command\.js$/.test(id) ? code.replace("require('node:child_process')", '{}') : undefined;
  },
};

/** gRPC reads descriptions of messages for services that nobody asks for here; what is needed for that has 400 kB. */
const grpcAlone = {
  name: 'grpc-alone',
  transform(code: string, id: string): string | undefined {
    return /grpc-js[/\\]build[/\\]src[/\\](channelz|orca)\.js$/.test(id) ? code.replace("require('@grpc/proto-loader')", '{}') : undefined;
  },
};

/** Modules that are loaded together are one file: finding, reading and compiling forty takes longer than one of their length. */
const together = [
  { name: 'start', files: loadedAtOnce('src/cli/start.ts') },
  { name: 'overview', files: loadedAtOnce('src/cli/overview.ts', 'src/cli/version.ts') },
  { name: 'program', files: loadedAtOnce('src/cli/program.ts') },
  { name: 'looking', files: loadedAtOnce('src/cli/machine.ts', 'src/cli/short-run.ts', 'src/cli/commands/list.ts') },
].map(({ name, files }, at) => {
  const modules = new Set(files.map((file) => resolve(file)));
  const packages = files.filter((file) => !file.includes('/')).map((file) => `/node_modules/${file}/`);
  return { name, priority: 4 - at, test: (id: string) => modules.has(id) || packages.some((each) => id.includes(each)) };
});

/** A program that is whole wherever its file is. */
const ofOneFile = { format: 'cjs', platform: 'node', target: 'node20', dts: false, outputOptions: { codeSplitting: false } } as const;

export default defineConfig([
  {
    entry: { index: 'src/index.ts', xml: 'src/xml/index.ts', host: 'src/host/index.ts', libvirt: 'src/libvirt/index.ts', testing: 'src/testing/index.ts' },
    outDir: 'dist',
    platform: 'neutral',
    deps: { neverBundle: [/^node:/] },
    dts: true,
    define,
  },
  {
    entry: { cli: 'src/cli/start.ts' },
    // Node's loader of ES modules takes a tenth of the time of a start.
    format: 'cjs',
    plugins: [commanderAlone, grpcAlone, thirdPartyNotices],
    outDir: 'dist/cli',
    platform: 'node',
    target: 'node20',
    dts: false,
    minify: false,
    outputOptions: { codeSplitting: { groups: together, includeDependenciesRecursively: false }, comments: { legal: true, annotation: false, jsdoc: false } },
    deps: { alwaysBundle, neverBundle: [/^libxml2-wasm/], onlyBundle: false },
    define,
  },
  {
    entry: {
      demo: 'lab/demo/main.ts',
      'fleet-rounds': 'lab/fleet/rounds/main.ts',
      'fleet-worker': 'lab/fleet/rounds/worker.ts',
      lock: 'lab/lock.ts',
      presets: 'lab/presets.ts',
      provision: 'lab/provision.ts',
      shots: 'lab/page/shots.ts',
      'race-worker': 'test/races/worker.ts',
      stuck: 'lab/stuck.ts',
    },
    outDir: 'build/lab',
    platform: 'node',
    target: 'node20',
    dts: false,
    copy: [{ from: 'lab/inside', to: 'build' }],
    // It looks for its own files beside itself.
    deps: { neverBundle: ['playwright-core'] },
  },
  {
    entry: { crash: 'lab/crash/main.ts', 'guest-victim': 'lab/crash/guest-victim.ts' },
    // They start once for each point.
    format: 'cjs',
    outDir: 'build/lab/victims',
    platform: 'node',
    target: 'node20',
    dts: false,
  },
  // Apart, so that the victims are not cut into more files for them.
  { ...ofOneFile, entry: { 'held-command': 'lab/crash/held-command.ts' }, outDir: 'build/lab/held' },
  { ...ofOneFile, entry: { resident: 'lab/resident.ts' }, outDir: 'build/lab/resident' },
  {
    entry: {
      manual: 'packaging/manual.ts',
      schemas: 'packaging/schemas.ts',
      deb: 'packaging/deb.ts',
      archives: 'packaging/archives.ts',
      collection: 'packaging/collection.ts',
    },
    outDir: 'build/packaging',
    platform: 'node',
    target: 'node20',
    dts: false,
  },
  {
    entry: {
      main: 'bench/main.ts',
      against: 'bench/against.ts',
      'fleet-agent': 'bench/fleet-agent.ts',
      'page-server': 'bench/page/server.ts',
      'page-libvirt': 'bench/page/libvirt.ts',
    },
    outDir: 'build/bench',
    platform: 'node',
    target: 'node20',
    dts: false,
    deps: { neverBundle: ['playwright-core'] },
  },
]);
