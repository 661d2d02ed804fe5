/** The packages where somebody installs them: in clean Debian roots without a network, looked at by Debian's own dpkg, man, mandoc and shells. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildArchive, buildArchiveWith } from '../packaging/archive/build.ts';
import { stageDebianNode } from '../packaging/archive/debian-node.ts';
import type { BundledNode } from '../packaging/archive/launcher.ts';
import { NODE_DIRECTORY } from '../packaging/archive/node.ts';
import { buildDebianPackage } from '../packaging/debian/build.ts';
import { thisEdition } from '../packaging/edition.ts';
import { COMMANDS } from '../src/cli/command/table.ts';
import { describeUnless, type Reason } from '../test/skip.ts';
import { typeInto } from '../test/shells/typing.ts';
import { type CleanRelease, cleanRoot, cleanRootReason, commandInside, runInside } from './debian/clean-root.ts';
import { excuse } from './reason.ts';

/** A function to look at; there is no sysfs inside. */
const TREE = `mkdir -p /m/sys/bus/pci/devices/0000:02:00.0; cd /m/sys/bus/pci/devices/0000:02:00.0
echo 0x8086 > vendor; echo 0x10c9 > device; echo 0x020000 > class; ln -s ../../../../kernel/iommu_groups/4 iommu_group; cd /
`;
/** A function that is with vfio-pci already, in a /sys that is but files: it can be kept, and nothing of it moves. */
const KEPT_FUNCTION = `D=/sys/devices/pci0000:00/0000:02:00.0
mkdir -p $D /sys/bus/pci/devices /sys/bus/pci/drivers/vfio-pci /sys/kernel/iommu_groups/4/devices
echo 0x8086 > $D/vendor; echo 0x10c9 > $D/device; echo 0x020000 > $D/class; echo vfio-pci > $D/driver_override
echo 0x8086 > $D/subsystem_vendor; echo 0x0001 > $D/subsystem_device
ln -s ../../../bus/pci/drivers/vfio-pci $D/driver; ln -s ../../../kernel/iommu_groups/4 $D/iommu_group
ln -s ../../../devices/pci0000:00/0000:02:00.0 /sys/bus/pci/devices/
ln -s ../../../../devices/pci0000:00/0000:02:00.0 /sys/kernel/iommu_groups/4/devices/
`;
const GUEST =
  '<domain type="kvm"><name>web</name><memory unit="MiB">64</memory><os><type arch="s390x">hvm</type></os><devices><hostdev mode="subsystem" type="pci" managed="yes"><source><address domain="7" bus="0" slot="0" function="0"/></source></hostdev></devices></domain>';
/** Takes every domain: with it the validator, which is WebAssembly, is loaded and asked. */
const SCHEMA =
  '<grammar xmlns="http://relaxng.org/ns/structure/1.0"><start><element name="domain"><ref name="anything"/></element></start><define name="anything"><zeroOrMore><choice><attribute><anyName/></attribute><text/><element><anyName/><ref name="anything"/></element></choice></zeroOrMore></define></grammar>';
const INSTALL = 'dpkg -i /share/*.deb > /tmp/dpkg.log 2>&1 || cat /tmp/dpkg.log\n';

const rootReason = async (release: CleanRelease): Promise<Reason> => {
  const why = cleanRootReason();
  if (why !== '') return why;
  return cleanRoot(release).then(
    () => '',
    (error: unknown) => excuse(`a clean Debian ${release}`, error),
  );
};

describeUnless(await rootReason('13'), 'the Debian package in a clean Debian 13', () => {
  let share: string;
  let tree: string;
  let file: string;
  beforeAll(async () => {
    tree = await cleanRoot('13');
    share = await mkdtemp(join(tmpdir(), 'hostdev-packages-'));
    file = basename(await buildDebianPackage(share, thisEdition({ SOURCE_DATE_EPOCH: '1764115200' })));
  });
  afterAll(() => rm(share, { recursive: true }));
  const inside = (script: string): Promise<string> => runInside(tree, share, `set -e\n${script}`);

  it('is the same when it is built again', async () => {
    const again = await mkdtemp(join(tmpdir(), 'hostdev-again-'));
    await buildDebianPackage(again, thisEdition({ SOURCE_DATE_EPOCH: '1764115200' }));
    expect(await inside(`sha256sum < /share/${file}`)).toBe(await runInside(tree, again, `sha256sum < /share/${file}`));
    await rm(again, { recursive: true });
  });

  it('is installed, runs, and leaves nothing behind when it is removed', async () => {
    const said = await inside(`find / -xdev -not -path '/proc/*' -not -path '/share*' | sort > /tmp/before
${INSTALL}${TREE}dpkg -V hostdev; hostdev --version; hostdev list --root /m
stat -c '%a %n' /usr/share/hostdev/libvirt/qemu-hook; ls /usr/lib/systemd/system | grep hostdev-apply
dpkg -r hostdev > /dev/null; dpkg -P hostdev > /dev/null; rm -r /m
find / -xdev -not -path '/proc/*' -not -path '/share*' | sort > /tmp/after
diff /tmp/before /tmp/after | grep -v '/tmp/\\|/var/lib/dpkg\\|/var/cache/man\\|/var/log' || :`);
    expect(said).toMatch(/^\d+\.\d+\.\d+\nADDRESS .*\n0000:02:00\.0 .* free .*\n/);
    expect(said).toMatch(/^755 \/usr\/share\/hostdev\/libvirt\/qemu-hook\nhostdev-apply-guests\.service\nhostdev-apply\.service$/m);
    expect(said.split('\n').filter((line) => /^[<>]/.test(line))).toEqual([]);
  });

  it('has the page for Cockpit, whole, with what Cockpit and software centres read of it', async () => {
    const said = await inside(`${INSTALL}dpkg -L hostdev | grep -e /cockpit/ -e /metainfo/ | grep -v assets/ | sort
cd /usr/share/cockpit/hostdev; for file in assets/*.gz; do gunzip -c $file | cmp - /usr/share/hostdev/web/\${file%.gz}; done; find . -name '*.js' -o -name '*.css' | wc -l`);
    expect(said).toBe(
      ['/usr/share/cockpit/hostdev', ...['THIRD-PARTY-NOTICES', 'assets', 'index.html', 'manifest.json'].map((name) => `/usr/share/cockpit/hostdev/${name}`)]
        .concat('/usr/share/metainfo/invalid.hostdev.cockpit.metainfo.xml', '0\n')
        .join('\n'),
    );
  });

  it('has manual pages that man shows and mandoc finds no fault with', async () => {
    const said = await inside(`${INSTALL}makewhatis /usr/share/man > /tmp/whatis.log 2>&1
cd /tmp; for page in /usr/share/man/man1/hostdev*.gz; do zcat $page > "$(basename $page .gz)"; done; ls hostdev*.1 | wc -l
mandoc -T lint hostdev*.1; echo "lint $?"
man hostdev | grep -c 'hostdev-[a-z-]*(1)'; for page in hostdev-list hostdev-vf-create; do MANWIDTH=200 man $page | grep -- ' — ' | tr -s ' '; done`);
    const count = Object.keys(COMMANDS).length;
    expect(said).toBe(
      [
        String(count + 1),
        'lint 0',
        String(count),
        ' hostdev-list — show the PCI functions of this machine: all, those that are named, or those that have what is asked for',
        ' hostdev-vf-create — give a physical function that many virtual ones\n',
      ].join('\n'),
    );
  });

  it('completes in bash, zsh and fish', async () => {
    await writeFile(join(share, 'set-up'), `${INSTALL}${TREE}PS1='READY> ' exec "$@"\n`);
    const shells = [
      { shell: ['bash', '--norc', '-i'], setUp: '. /usr/share/bash-completion/bash_completion' },
      { shell: ['zsh', '-f', '-i'], setUp: 'unsetopt zle_bracketed_paste prompt_cr prompt_sp; autoload -U compinit; compinit -u' },
      { shell: ['fish', '-i', '-C', "function fish_prompt; echo -n 'READY> '; end"], setUp: 'true' },
    ];
    for (const { shell, setUp } of shells) {
      const terminal = await typeInto(
        { shell: commandInside(tree, share, ['sh', '/share/set-up', ...shell]), env: { PATH: process.env['PATH'] ?? '' }, prompt: 'READY> ' },
        [setUp, 'hostdev sho\t --root /m 0000:0\t --js\t > /tmp/out 2>&1', 'cat /tmp/out'],
      );
      expect(terminal, shell[0]).toMatch(/"hostAddress": "0000:02:00\.0"/);
    }
  });

  it('keeps what is in force when it is removed, and says so; purging takes it back, but not while a change is open', async () => {
    const said = await inside(`${INSTALL}${KEPT_FUNCTION}
mark() { echo "$1: status $?, $(ls /etc/udev/rules.d | wc -l) rules, journal $([ -e /var/lib/hostdev/journal ] && echo there || echo gone)"; }
hostdev prepare 0000:02:00.0 --persist
{ dpkg -r hostdev; mark removed; } 2>&1
cp /var/lib/hostdev/journal /tmp/whole; sed -i '$d' /var/lib/hostdev/journal
{ set +e; dpkg -P hostdev; mark open; } 2>&1
cp /tmp/whole /var/lib/hostdev/journal
{ dpkg -P hostdev; mark purged; } 2>&1`);
    expect(said).toMatch(/removing the package takes nothing back; purging it would do this:\n {2}hostdev persistent remove 0000:02:00\.0\n/);
    expect(said).toMatch(/^removed: status 0, 1 rules, journal there$/m);
    expect(said).toMatch(
      /a change was interrupted: persist 0000:02:00\.0.*recover.*the command is still there as: node \/var\/lib\/hostdev\/program\/cli\/cli\.cjs/s,
    );
    expect(said).toMatch(/^open: status 1, 1 rules, journal there$/m);
    expect(said).toMatch(/^purged: status 0, 0 rules, journal gone$/m);
  });
});

/** Made once for both releases, when the first of them asks. */
let archive: Promise<{ readonly directory: string; readonly file: string }> | undefined;
async function makeArchive(): Promise<{ readonly directory: string; readonly file: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'hostdev-archives-'));
  return { directory, file: basename(await buildArchive('x64', directory, thisEdition())) };
}
afterAll(async () => {
  if (archive !== undefined) await rm((await archive).directory, { recursive: true });
});

for (const release of ['12', '13'] as const) {
  describeUnless(await rootReason(release), `the archive in a clean Debian ${release}`, () => {
    it('runs wherever it is unpacked, with the Node that it brings and no other, and goes with its directory', async () => {
      const { directory, file } = await (archive ??= makeArchive());
      const said = await runInside(
        await cleanRoot(release),
        directory,
        `set -e
rm -f /usr/bin/node; ${TREE}mkdir '/opt/my tools'; cd '/opt/my tools'; tar -xzf /share/${file}; mv hostdev-* hostdev
ln -s '/opt/my tools/hostdev/bin/hostdev' /usr/local/bin/hostdev
cd /; command -v node || echo 'no other Node'; hostdev --version; hostdev list --root /m
echo '${GUEST}' > guest.xml; hostdev expand guest.xml --host none --libvirt 11.3 | grep '<zpci '
MANWIDTH=100 man -M '/opt/my tools/hostdev/share/man' hostdev-list | grep -c ' hostdev-list'
hostdev completion bash | head -1; rm -r '/opt/my tools' /usr/local/bin/hostdev; [ -e /usr/local/bin/hostdev ] || echo gone`,
      );
      expect(said).toMatch(
        /^no other Node\n\d+\.\d+\.\d+\nADDRESS .*\n0000:02:00\.0 .* free .*\n *<zpci uid='0x0001'.*\n[1-9]\n# bash completion for hostdev\ngone\n$/,
      );
    });
  });
}

describeUnless(await rootReason('13'), "an archive with Debian 13's Node, as for s390x", () => {
  it('runs in Debian 12 with its own loader, libraries and scripts, and validates', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hostdev-archives-'));
    const stageOne = async (root: string): Promise<BundledNode> => stageDebianNode(await cleanRoot('13'), 'amd64', { root, directory: NODE_DIRECTORY });
    const file = basename(await buildArchiveWith(stageOne, directory, { ...thisEdition(), machine: 'test' }));
    const said = await runInside(
      await cleanRoot('12'),
      directory,
      `set -e
${TREE}mkdir '/opt/my tools'; tar -xzf /share/${file} -C '/opt/my tools'; ln -s '/opt/my tools'/hostdev-*/bin/hostdev /usr/local/bin/hostdev
command -v node || echo 'no other Node'; echo '${SCHEMA}' > domain.rng; echo '${GUEST}' > guest.xml; export HOSTDEV_LIBVIRT_SCHEMAS=/
hostdev list --root /m; hostdev validate guest.xml --host none --libvirt 11.3`,
    );
    await rm(directory, { recursive: true });
    expect(said).toMatch(/^no other Node\nADDRESS .*\n0000:02:00\.0 .* free .*\nguest\.xml: nothing wrong found\n$/);
  });
});
