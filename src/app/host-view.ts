/** The host as one plan sees it: read once, judged once. */
import { readHostState } from '../host/host-state.ts';
import type { HostPort, HostReader } from '../host/port.ts';
import { readOnce } from '../host/read-once.ts';
import type { HostState } from '../state/host-state.ts';
import { judge, type Judgment } from '../state/judge.ts';
import type { AppContext } from './context.ts';

export interface HostView {
  readonly state: HostState;
  readonly judgments: readonly Judgment[];
}

const views = new WeakMap<HostReader, Promise<HostView>>();

/** Port of a view → the port that it looks through. */
const origins = new WeakMap<HostPort, HostPort>();

/** The context of one plan: everything that is asked through it sees the same host. */
export function viewing<C extends Pick<AppContext, 'port'>>(context: C): C {
  return origins.has(context.port) ? context : lookAgain(context);
}

/** A new view of the host, for who waits until it has changed. */
export function lookAgain<C extends Pick<AppContext, 'port'>>(context: C): C {
  const origin = origins.get(context.port) ?? context.port;
  const port = readOnce(origin);
  origins.set(port, origin);
  return { ...context, port };
}

/** The host and the judgment on each of its functions; the same ones for all who ask in one `viewing` context. */
export function viewHost(context: Pick<AppContext, 'port'>): Promise<HostView> {
  const { port } = viewing(context);
  const before = views.get(port);
  if (before !== undefined) return before;
  const view = readHostState(port).then((state) => ({ state, judgments: judge(state) }));
  views.set(port, view);
  return view;
}
