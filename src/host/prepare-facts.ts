/** Reading what taking functions to a VFIO driver depends on. */
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import type { PrepareFacts } from '../state/prepare-facts.ts';
import { readLinkState } from './link-state.ts';
import type { HostReader } from './port.ts';
import { chooseVfioDriver, registeredDriver } from './vfio-driver.ts';

export interface DriverWish {
  /** Name of a VFIO driver; when missing the one that has the function, else the one that fits it best. */
  readonly driver?: string | undefined;
  /** Modules that this change has loaded: they stay steps of its plan. */
  readonly loaded?: ReadonlySet<string> | undefined;
}

/** The facts of functions, in that order. */
export function readPrepareFacts(port: HostReader, devices: readonly NodeDevice[], wish: DriverWish): Promise<PrepareFacts[]> {
  return Promise.all(devices.map((device) => factsOf(port, device, wish)));
}

async function factsOf(port: HostReader, device: NodeDevice, { driver, loaded }: DriverWish): Promise<PrepareFacts> {
  if (driver === undefined && device.driver !== undefined && isVfioDriver(device.driver)) return { device, link: null, driver: device.driver };
  const chosen = driver ?? (await chooseVfioDriver(port, device));
  const registered = await registeredDriver(port, chosen);
  const module = registered === undefined || loaded?.has(chosen) === true ? chosen : undefined;
  return { device, link: await readLinkState(port, device), driver: registered ?? chosen, module };
}
