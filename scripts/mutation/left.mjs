// Mutants that no test kills, each with the reason. A mutant is told by its file and by what it puts in place of what; lines move.

/** @type {readonly import('./report.mjs').Left[]} */
export const LEFT = [
  {
    file: 'src/state/function-list.ts',
    was: '!/"command"\\s*:\\s*"list"/.test(text)',
    becomes: 'false',
    why: 'it only saves reading a large snapshot twice; what decides stands behind it',
  },
  { file: 'src/state/unread.ts', was: '() => false', becomes: '() => undefined', why: 'nothing is as little as false to who asks' },
  { file: 'src/state/persist/id-list.ts', was: '[]', becomes: '["Stryker was here"]', why: 'such a word begins no list, as none does' },
  { file: 'src/state/network-uses.ts', was: '[]', becomes: '["Stryker was here"]', why: 'nothing hangs on an interface of such a name' },
  { file: 'src/plan/state-words.ts', was: 'name !== undefined && name !== null', becomes: 'true', why: 'what is not there is left out once more behind it' },
  { file: 'src/xml/edit.ts', was: 'first > 0', becomes: 'first >= 0', why: 'before the first character there is none, so none that is a carriage return' },
  {
    file: 'src/xml/edit.ts',
    was: '/^[ \\t]*/.exec(source.slice(lineStart, node.start))?.[0]',
    becomes: '/^[ \\t]*/.exec(source.slice(lineStart, node.start))[0]',
    why: 'the expression matches every text, the empty one too',
  },
  { file: 'src/execute/journal/journal.ts', was: 'seen?.open', becomes: 'seen.open', why: 'it has been seen by then: what is not known is read before' },
];
