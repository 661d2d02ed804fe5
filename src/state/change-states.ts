/** How a change that hostdev made stands, as `status` tells it and metrics count it. */

/** `being changed`: whoever has begun it is still at it. */
export const CHANGE_STATES = ['in force', 'changed by somebody else', 'gone', 'interrupted', 'being changed'] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];
