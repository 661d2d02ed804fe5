/** What a command did before it failed is said in its JSON: what was done as items, what failed and what is left as problems. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.end());

/** From now on writes that `fails` names end as the kernel ends them, with EIO. */
async function failing(fails: (path: string, text: string) => boolean): Promise<void> {
  const { port } = await scene.machine.context();
  const { write } = port;
  Object.assign(port, {
    write: async (path: string, text: string) => {
      if (fails(path, text)) throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
      await write(path, text);
    },
  });
}

const said = async (line: string): Promise<unknown> => JSON.parse((await scene.run(`${line} --json`)).stdout);

describe('a command that fails half-way', () => {
  it('has as items what was released, and as subject what was not', async () => {
    expect(await scene.run('prepare 6:0.0 5:0.0 5:0.1')).toMatchObject({ status: 0 });
    await failing((path, text) => path.includes('0000:05:00.0') && text !== 'vfio-pci');
    expect(await said('release 6:0.0 5:0.0')).toMatchObject({
      exitStatus: 1,
      changed: true,
      items: [{ hostAddress: '0000:06:00.0', after: { driver: 'nvme' }, changed: true }],
      problems: [{ severity: 'error', subject: '0000:05:00.0' }],
    });
  });

  it('has as items what was detached from a QEMU, where another function could not be', async () => {
    expect(await scene.run('attach QMP 2:0.0 6:0.0 -y')).toMatchObject({ status: 0 });
    Object.assign(scene.qmp.failRemoval, { get: () => (scene.qmp.asked === 0 ? undefined : 'Device is busy') });
    expect(await said('detach QMP 2:0.0 6:0.0 -y')).toMatchObject({
      exitStatus: 1,
      changed: true,
      items: [{ kind: 'guest change', source: 'qemu', changed: true, functions: [{ hostAddress: '0000:02:00.0', changed: true }] }],
      problems: [{ severity: 'error', subject: '0000:06:00.0' }],
    });
  });

  it('says each failure of its own, by the function', async () => {
    expect(await scene.run('prepare 6:0.0 5:0.0 5:0.1')).toMatchObject({ status: 0 });
    await failing((path, text) => path.includes('0000:05:00.') && text !== 'vfio-pci');
    const { problems } = (await said('release 6:0.0 5:0.0 5:0.1')) as { readonly problems: readonly { readonly subject: string }[] };
    expect(problems.map(({ subject }) => subject)).toEqual(expect.arrayContaining(['0000:05:00.0', '0000:05:00.1']));
  });

  it('changed something where a roll-back fails as well, and says of what', async () => {
    let isBroken = false;
    await failing((path) => {
      isBroken ||= path.includes('0000:05:00.0');
      return isBroken;
    });
    expect(await said('prepare 6:0.0 5:0.0 5:0.1')).toMatchObject({
      exitStatus: 1,
      changed: true,
      items: [],
      problems: expect.arrayContaining([
        expect.objectContaining({ code: 'stuck', subject: '0000:06:00.0' }),
        expect.objectContaining({ subject: '0000:05:00.0' }),
      ]) as unknown,
    });
  });

  it('changed nothing where all was taken back', async () => {
    await failing((path, text) => path.includes('0000:05:00.0') && text === 'vfio-pci');
    expect(await said('prepare 6:0.0 5:0.0 5:0.1')).toMatchObject({ exitStatus: 1, changed: false, items: [], problems: [{ subject: '0000:05:00.0' }] });
  });

  it('changed something where the kernel does not come back', async () => {
    const { port } = await scene.machine.context();
    Object.assign(port, {
      write: async () => {
        throw Object.assign(new Error('has not come back'), { code: (await import('../../src/host/write.ts')).STUCK });
      },
    });
    expect(await said('prepare 6:0.0')).toMatchObject({ exitStatus: 1, changed: true, problems: [{ code: 'stuck', subject: '0000:06:00.0' }] });
  });
});
