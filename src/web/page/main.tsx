/** The page that `hostdev ui` serves, and that is in Cockpit. */
import { createRoot } from 'react-dom/client';
import '../design/base.css';
import { App } from './app.tsx';
import { connectApi } from './connection/api.ts';
import { byCockpit, type Cockpit } from './connection/cockpit.ts';
import { byFetch } from './connection/transport.ts';
import { takeToken } from './sign-in/token.ts';

/** Its script has run before this one where the page is in Cockpit, and is nowhere else. */
const { cockpit } = globalThis as { readonly cockpit?: Cockpit };
const root = document.getElementById('root');
if (root !== null && cockpit === undefined) createRoot(root).render(<App api={connectApi(byFetch)} frame="none" token={takeToken()} />);
if (root !== null && cockpit !== undefined) createRoot(root).render(<App api={connectApi(byCockpit(cockpit))} frame="cockpit" token={null} />);
