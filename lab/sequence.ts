/** The order of the laboratory's files: three run at a time, so the longest go first, or one of them would run alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Longest first, as measured on two cores; files that are not named come before all. */
const LONGEST_FIRST = [
  'pc-guests',
  's390x-guests',
  'pc',
  'demo',
  's390x',
  'page-on-pc',
  'resets',
  'pc-changes',
  'fleet-etcd',
  'libvirtd',
  'packages',
  'cockpit',
  'libvirt-client',
  'npm-package',
  'fleet-page',
  'pc-qmp',
  'fleet-rounds',
  'races',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => LONGEST_FIRST.indexOf(/\/lab\/([^/]+)\.test\.ts$/.exec(moduleId)?.[1] ?? '');
    if (files.some(({ moduleId }) => !moduleId.includes('/lab/'))) return super.sort(files);
    return [...files].sort((a, b) => rank(a) - rank(b));
  }
}
