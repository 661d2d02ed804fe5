/** Signing in. */
import { flag, type Of, record, request, text } from '../../json/contract/shape.ts';

/** The header that a page sends with everything that changes something: another site cannot know its value. */
export const TAB_HEADER = 'Hostdev-Tab';

/** What was behind # in the link that `hostdev ui` printed, exchanged once; or the password where the server is not on loopback. */
export const SIGN_IN = request({}, { token: text(), password: text() });

export const SESSION = record({
  tab: text(`value of ${TAB_HEADER} for this tab; each GET session gives another one`),
  by: text('who changes things through this session'),
  readOnly: flag(),
});
export type Session = Of<typeof SESSION>;
