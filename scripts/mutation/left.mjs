// Mutants that no test kills, each with the reason. A mutant is told by its file and by what it puts in place of what; lines move.

/** @type {readonly import('./report.mjs').Left[]} */
export const LEFT = [];
