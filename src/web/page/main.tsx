/** The page that `hostdev ui` serves. */
import { createRoot } from 'react-dom/client';
import '../design/base.css';
import { App } from './app.tsx';
import { connectApi } from './connection/api.ts';
import { takeToken } from './sign-in/token.ts';

const token = takeToken();
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App api={connectApi()} token={token} />);
