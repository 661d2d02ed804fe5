// The rooms of the house and which of them may know which: docs/architecture.md tells why.
const room = (name, ...may) => ({
  name: `room-${name.replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: `^src/${name}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: '^(src|lab|test|web)/',
    pathNot: [`^src/${name}/`, '^src/(errors|printable|shell-word|ssh-arguments|word-table)\\.ts$', ...may.map((m) => `^src/${m}/`)],
  },
});

const PURE =
  '^src/(errors\\.ts|printable\\.ts|shell-word\\.ts|ssh-arguments\\.ts|word-table\\.ts|index\\.ts|pci|xml|domain|addressing|qemu|state|plan|metrics|wish/|xdr|libvirt/protocol|qmp/protocol|json/contract|server/api|fleet/(store|model)|fleet/etcd/protocol)';

const CORE = require('node:module').builtinModules.filter((name) => !name.startsWith('_') && !name.includes('/'));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: ['\\.test\\.ts$', '\\.d\\.ts$', 'src/xml/tree\\.ts$'] }, to: {} },
    { name: 'errors-know-nobody', severity: 'error', from: { path: '^src/(errors|shell-word|ssh-arguments|word-table)\\.ts$' }, to: { path: '.' } },
    {
      name: 'pure-core-has-no-platform',
      severity: 'error',
      from: { path: PURE, pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'] },
    },
    room('files'),
    room('xdr'),
    room('libvirt/protocol', 'xdr'),
    room('libvirt/client', 'libvirt/protocol', 'xdr', 'files'),
    room('qmp/client', 'qmp/protocol'),
    room('pci'),
    room('xml'),
    room('domain', 'pci', 'xml'),
    room('addressing', 'domain', 'pci', 'xml'),
    room('qemu', 'domain', 'pci', 'xml', 'addressing'),
    room('state', 'pci', 'xml', 'domain'),
    room('metrics', 'state', 'pci'),
    room('plan', 'state', 'domain', 'pci', 'xml', 'addressing', 'qemu'),
    room('wish', 'json/contract', 'plan', 'state', 'domain', 'pci'),
    room('wish-files', 'wish', 'files'),
    room('host', 'pci', 'state', 'files'),
    room('guest', 'files', 'state', 'plan', 'addressing', 'domain', 'pci', 'xml', 'qemu', 'libvirt', 'qmp'),
    room('execute', 'files', 'guest', 'host', 'state', 'plan', 'pci'),
    room('app', 'metrics', 'wish', 'files', 'pci', 'xml', 'domain', 'addressing', 'qemu', 'host', 'guest', 'execute', 'state', 'plan', 'libvirt', 'qmp'),
    room('json/contract', 'state', 'plan', 'pci', 'addressing', 'domain'),
    room('json/items', 'json/contract', 'app', 'wish', 'state', 'plan', 'pci', 'addressing', 'domain', 'qemu'),
    room('server/api', 'json/contract', 'state', 'plan', 'pci', 'addressing', 'domain'),
    room('server', 'fleet', 'json', 'app', 'wish', 'wish-files', 'files', 'state', 'plan', 'pci', 'domain', 'addressing', 'host', 'guest'),
    // What a fleet keeps, and who says so: pure; the stores over a directory and over etcd know nothing of what is kept.
    room('fleet/store'),
    room('fleet/model', 'fleet/store', 'json/contract', 'state', 'plan', 'pci', 'domain', 'addressing'),
    room('fleet/file-store', 'fleet/store', 'files'),
    room('fleet/etcd', 'fleet/store', 'files'),
    room('fleet', 'metrics', 'json', 'app', 'execute', 'host', 'guest', 'files', 'state', 'plan', 'pci', 'domain', 'addressing', 'wish'),
    room(
      'cli',
      'fleet',
      'metrics',
      'wish',
      'wish-files',
      'app',
      'json',
      'server',
      'files',
      'state',
      'plan',
      'pci',
      'xml',
      'domain',
      'addressing',
      'qemu',
      'host',
      'guest',
    ),
    // Of what reads a host and plans for it only what runs in a browser, too: the rule below.
    room('web', 'pci', 'xml', 'domain', 'addressing', 'qemu', 'state', 'plan', 'wish', 'wish-files', 'host', 'app', 'server/api', 'json'),
    {
      name: 'web-runs-in-a-browser',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: `^(node:|(${CORE.join('|')})(/|$))`, reachable: true },
    },
    {
      name: 'web-takes-types-of-the-api',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/(server|cli)/', pathNot: '^src/server/api/events\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-page-has-its-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/web/' },
      to: { path: 'node_modules/(react|react-dom|@codemirror)/' },
    },
    room('testing', 'fleet/store', 'pci', 'host', 'state', 'xml', 'domain', 'addressing', 'xdr', 'libvirt/protocol'),
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/|^lab/|^src/testing/)', pathNot: '^src/testing/.*$' },
    },
    { name: 'no-unspecific-names', severity: 'error', from: {}, to: { path: '/(utils?|helpers?|common|managers?)(/|\\.ts$)', pathNot: 'node_modules' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js'] },
  },
};
