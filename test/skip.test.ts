import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DownloadFailed, PackageGone } from '../lab/debian/gone.ts';
import { reasonOf } from '../lab/reason.ts';

const ASKED = [{ url: 'http://mirror/pool/a.deb', words: 'HTTP 404' }];

describe('a part of the laboratory that cannot be made', () => {
  // Below the checkout: Vitest takes no tests from elsewhere.
  let directory: string;
  beforeAll(() => {
    mkdirSync('build', { recursive: true });
    directory = mkdtempSync('build/skip-');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    [
      'is skipped, even where everything is required, when a package is nowhere to be had',
      new PackageGone('libc6 1', ASKED),
      { passed: 1, failed: 0, skipped: 1 },
      '1',
    ],
    ['fails when the mirror does not answer', new DownloadFailed('libc6 1', ASKED), { passed: 1, failed: 1, skipped: 0 }, '1'],
    ['fails when the mirror does not answer, also where nothing is required', new DownloadFailed('libc6 1', ASKED), { passed: 1, failed: 1, skipped: 0 }, '0'],
    ['fails for any other reason, also where nothing is required', new Error('disk full'), { passed: 1, failed: 1, skipped: 0 }, '0'],
  ])('%s', (_, error, counts, required) => {
    const reason = reasonOf('z-host', error);
    const test = join(directory, 'part.test.ts');
    const skip = join(process.cwd(), 'test/skip.ts');
    writeFileSync(
      test,
      `import { it } from 'vitest';\nimport { describeUnless } from ${JSON.stringify(skip)};\nit('another', () => undefined);\ndescribeUnless(${JSON.stringify(reason)}, 'part', () => it('works', () => undefined));\n`,
    );
    writeFileSync(join(directory, 'vitest.config.mjs'), 'export default { test: { include: ["*.test.ts"] } };\n');
    const report = join(directory, 'report.json');
    spawnSync(
      process.execPath,
      [
        join(process.cwd(), 'node_modules/vitest/vitest.mjs'),
        'run',
        '--root',
        join(process.cwd(), directory),
        '--reporter=json',
        `--outputFile=${join(process.cwd(), report)}`,
      ],
      {
        cwd: directory,
        env: { ...process.env, HOSTDEV_REQUIRE_LAB: required },
      },
    );
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    expect({ passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }).toEqual(counts);
  });
});
