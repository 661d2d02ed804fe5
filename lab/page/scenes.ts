/** What is looked at: every view in every state that it can be in, and how it comes about. */
import type { Page } from 'playwright-core';
import { withLock } from '../../src/execute/journal/lock.ts';
import { bootId } from '../../src/host/boot-id.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { appendRecords } from '../../test/journal.ts';
import { fleetOfScenes, MAPPED_DEFINITION } from './fleet-of-scenes.ts';
import type { MachineName } from './machines.ts';
import type { Served, ServeMachineOptions } from './served.ts';

export interface Scene {
  readonly name: string;
  readonly machine: MachineName;
  readonly options?: ServeMachineOptions;
  /** What was done before, in that order. */
  readonly done?: readonly Wish[];
  /** Fragment of the place; with `{plan}` the plan of `wish`. */
  readonly place: string;
  readonly wish?: Wish;
  /** What happens in front of the page. */
  readonly act?: (page: Page, served: Served) => Promise<void>;
  /** What has to be seen before the picture is taken. */
  readonly until: string;
}

const DONE_Z: readonly Wish[] = [
  { verb: 'prepare', functions: ['0030:00:00.0'] },
  { verb: 'slot off', fids: ['0x00000062'] },
  { verb: 'attach', guest: 'linux1', functions: ['0031:00:00.0'], scope: 'config' },
];
const DONE_PC: readonly Wish[] = [
  { verb: 'vf create', physicalFunction: '0000:04:00.0', numVfs: 12 },
  { verb: 'attach', guest: 'web', functions: ['0000:04:10.0'], scope: 'live' },
  { verb: 'attach', guest: 'mail', functions: ['0000:04:10.2'], scope: 'live and config' },
  { verb: 'attach', guest: 'games', functions: ['0000:04:10.4'], scope: 'config' },
  { verb: 'prepare', functions: ['0000:03:00.0'] },
];

const GIVE: Wish = { verb: 'attach', guest: 'web', functions: ['0000:03:00.0'], scope: 'live and config' };
const z = (name: string, place: string, until: string): Scene => ({ name, machine: 'z', done: DONE_Z, place, until });
const pc = (name: string, place: string, until: string): Scene => ({ name, machine: 'pc', done: DONE_PC, place, until });
const wishes = (step: string, wish: object): string => `#/host/${step}?${new URLSearchParams({ wish: JSON.stringify(wish) }).toString()}`;

const WISH = `formatVersion: 1
virtualFunctions:
  - { physicalFunction: "0000:04:00.0", numVfs: 2, persist: true }
functions:
  - { function: "0000:03:00.0", persist: true }
guests:
  - guest: web
    hostdevs:
      - { function: { physicalFunction: "0000:04:00.0", index: 0 } }
`;

const CLICK_APPLY = async (page: Page): Promise<void> => page.getByRole('button', { name: /^Give 0000:03/ }).click();

const FLEET = fleetOfScenes();
const FLEET_AWAY = fleetOfScenes();
const FLEET_NEVER_THERE = fleetOfScenes();
FLEET_NEVER_THERE.setAway(true);
const fleet = (name: string, part: string, until: string): Scene => ({
  name,
  machine: 'pc',
  options: { fleet: FLEET },
  place: `#/fleet?fleet-part=${part}`,
  until,
});
const FIND_HOSTS = async (page: Page): Promise<void> => {
  await page.locator('.cm-content').waitFor();
  await page.getByRole('textbox', { name: 'Domain XML' }).fill(MAPPED_DEFINITION);
  await page.getByRole('button', { name: 'Find hosts' }).click();
};

export const SCENES: readonly Scene[] = [
  z('host-z', '#/host', 'PCHID 0x0128'),
  z('host-z-table', '#/host?as=table', '0021:00:00.0'),
  z('function-z', '#/host?open=0021%3A00%3A00.0', 'libvirt calls it'),
  z('slot-z', '#/host?open=fid+0x00000062', 'power off'),
  pc('host-pc', '#/host', '12 VFs'),
  pc('host-pc-groups', '#/host?as=groups', 'group 14'),
  pc('host-pc-virtual', '#/host?toggled=vfs+0000%3A04%3A00.0', '0000:04:10.0'),
  pc('host-nothing-matches', '#/host?search=nothing+like+that', 'Nothing matches'),
  pc('function-in-use', '#/host?open=0000%3A02%3A00.0', 'libvirt calls it'),
  pc('function-group', '#/host?open=0000%3A01%3A00.0', 'libvirt calls it'),
  pc('function-gone', '#/host?open=0000%3A77%3A00.0', '0000:77:00.0'),
  { name: 'host-iommu-off', machine: 'pc-without-iommu', place: '#/host?open=readiness', until: 'switch VT-d on' },
  { name: 'host-not-root', machine: 'pc', options: { isRoot: false }, place: '#/host', until: 'Some uses cannot be seen' },
  { name: 'host-no-libvirt', machine: 'pc', options: { libvirt: 'away' }, place: '#/host', until: 'No libvirt' },
  { name: 'host-read-only', machine: 'pc', options: { readOnly: true }, place: '#/host', until: 'This server only shows' },
  {
    ...pc('host-stream-lost', '#/host', 'reconnecting'),
    act: async (page, { stopServer }) => {
      await page.getByText('live', { exact: true }).waitFor();
      await stopServer();
    },
  },
  { ...pc('host-keys', '#/host', 'take back from a guest'), act: async (page) => page.keyboard.press('?') },
  pc('guests', '#/guests', 'mail'),
  pc('guest', '#/guests?open=web', 'Runs now'),
  z('guest-z', '#/guests?open=linux1', 'Runs now'),
  { name: 'guests-no-libvirt', machine: 'pc', options: { libvirt: 'away' }, place: '#/guests', until: 'Guests are not known' },
  z('activity', '#/activity', 'History'),
  { name: 'activity-empty', machine: 'pc', place: '#/activity', until: 'Nothing was ever changed' },
  pc('choose', wishes('choose', { verb: 'attach', guest: 'web' }), 'Still to choose'),
  pc('wish-file', wishes('choose', { verb: 'apply', text: WISH }), 'hostdev export'),
  pc('wish-file-wrong', wishes('choose', { verb: 'apply', text: WISH.replace('functions:', 'function:') }), 'wish-malformed'),
  {
    ...pc('wish-file-refused', wishes('choose', { verb: 'apply', text: WISH.replace('03:00.0', '02:00.0') }), 'Plan it by force'),
    act: async (page) => page.getByRole('button', { name: 'Plan', exact: true }).click(),
  },
  { name: 'plan-wish-file', machine: 'pc', place: '#/host/plan/{plan}', until: 'Planned later', wish: { verb: 'apply', text: WISH, file: 'workshop.yaml' } },
  pc('choose-vf', wishes('choose', { verb: 'vf set', virtualFunction: '0000:04:10.1' }), 'MAC address'),
  pc('check', wishes('check', { verb: 'attach', guest: 'web', functions: ['0000:01:00.0'] }), 'has to go along'),
  {
    ...pc('check-refused', wishes('check', { verb: 'attach', guest: 'web', functions: ['0000:02:00.0'] }), 'Plan it by force'),
    act: async (page) => page.getByRole('button', { name: 'Plan', exact: true }).click(),
  },
  { ...pc('plan', '#/host/plan/{plan}', 'Undone by'), wish: GIVE },
  { ...z('plan-slot', '#/host/plan/{plan}', 'power off'), wish: { verb: 'slot off', fids: ['0x00000061'] } },
  {
    ...pc('plan-unanswered', '#/host/plan/{plan}', 'knows of no operation of this plan'),
    wish: GIVE,
    act: async (page) => {
      await page.route('**/apply', (route) => route.abort('connectionreset'));
      await CLICK_APPLY(page);
    },
  },
  {
    ...pc('host-rows-held', '#/host?as=table', 'gone'),
    act: async (page, { kernel }) => {
      await page.locator('[role=row][data-key="0000:04:11.0"]').focus();
      await kernel.write('/sys/bus/pci/devices/0000:04:00.0/sriov_numvfs', '0');
    },
  },
  { ...pc('plan-force', '#/host/plan/{plan}', 'What is lost by force'), wish: { verb: 'prepare', functions: ['0000:02:00.0'], force: true } },
  {
    ...pc('plan-stale', '#/host/plan/{plan}', 'Plan again'),
    wish: { verb: 'release', functions: ['0000:03:00.0'] },
    act: async (page, { kernel }) => {
      await page.getByText('Undone by').first().waitFor();
      await kernel.write('/sys/bus/pci/devices/0000:03:00.0/driver/unbind', '0000:03:00.0');
      await page.getByRole('button', { name: 'Release 0000:03:00.0' }).click();
    },
  },
  {
    ...pc('plan-locked', '#/host/plan/{plan}', 'Try again'),
    wish: GIVE,
    act: async (page, { stateDirectory }) =>
      withLock(stateDirectory, async () => {
        await CLICK_APPLY(page);
        await page.getByText('Try again').waitFor();
      }),
  },
  {
    ...{ name: 'host-interrupted', machine: 'pc', place: '#/host', until: 'Interrupted: prepare 0000:03:00.0' },
    act: async (_, { kernel, stateDirectory }) => {
      await appendRecords(stateDirectory, {
        ...{ kind: 'begin', id: 'open', time: '2026-11-26T08:00:00.000Z', boot: await bootId(kernel), by: 'root', subject: '0000:03:00.0' },
        ...{ verb: 'prepare', before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci', override: 'vfio-pci' } },
      });
      await kernel.write('/sys/bus/pci/devices/0000:03:00.0/driver/unbind', '0000:03:00.0');
    },
  },
  {
    ...{ name: 'loading', machine: 'pc', place: '#/host', until: 'Reading the host' },
    act: async (page) => {
      await page.route('**/api/v1/events*', () => undefined);
      await page.reload();
    },
  },
  {
    ...z('operation-waits', '#/host/plan/{plan}', 's left to let go'),
    wish: { verb: 'detach', guest: 'linux1', functions: ['0033:00:00.0'], scope: 'live', timeoutSeconds: 300 },
    act: async (page, { libvirt }) => {
      libvirt.qemu.named('linux1').onDetach = 'ignore';
      await page.getByRole('button', { name: /^Take/ }).click();
    },
  },
  { ...pc('result', '#/host/plan/{plan}', 'Undo…'), wish: GIVE, act: CLICK_APPLY },
  { name: 'fleet-none', machine: 'pc', place: '#/fleet', until: 'this machine is of no fleet' },
  fleet('fleet-hosts', 'hosts', 'kvm4'),
  fleet('fleet-functions', 'functions', 'eno1'),
  fleet('fleet-functions-found', 'functions&fleet-class=gpu&fleet-free=true', 'kvm2'),
  fleet('fleet-functions-nothing', 'functions&fleet-vendor=1af4', 'No function of the fleet is so'),
  fleet('fleet-functions-refused', 'functions&fleet-vendor=Intel', 'is no id'),
  fleet('fleet-claims', 'claims', 'it has gone from the host'),
  fleet('fleet-placement-empty', 'placement', 'Still to choose'),
  { ...fleet('fleet-placement', 'placement', '1 of 5 hosts can run'), act: FIND_HOSTS },
  {
    ...fleet('fleet-placement-there', 'placement', 'On kvm2 the definition would be'),
    act: async (page) => {
      await FIND_HOSTS(page);
      await page.getByRole('button', { name: 'The definition on kvm2' }).click();
    },
  },
  {
    ...fleet('fleet-placement-refused', 'placement', 'has no mapping'),
    act: async (page) => {
      await page.locator('.cm-content').waitFor();
      await page.getByRole('textbox', { name: 'Domain XML' }).fill(MAPPED_DEFINITION.replace('gpu-a10', 'gpu-h100'));
      await page.getByRole('button', { name: 'Find hosts' }).click();
    },
  },
  {
    ...fleet('fleet-unreachable', 'hosts', 'It is tried again'),
    options: { fleet: FLEET_AWAY },
    act: async (page) => {
      FLEET_AWAY.setAway(false);
      await page.getByText('kvm4').waitFor();
      FLEET_AWAY.setAway(true);
    },
  },
  { ...fleet('fleet-never-there', 'claims', 'It is tried again'), options: { fleet: FLEET_NEVER_THERE } },
  { name: 'signed-out', machine: 'pc', place: '#token=wrong', until: 'You are not signed in' },
  pc('planner', '#/planner', 'Planner'),
];
