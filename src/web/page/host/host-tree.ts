/** The tree of a layout. */
import type { WholeState } from '../../../server/api/state.ts';
import type { Layout } from '../place/place.ts';
import { bridgeTree } from './bridge-tree.ts';
import { channelTree, hasChannels } from './channel-tree.ts';
import { groupTree } from './group-tree.ts';
import { functionNode, type HostNode, slotNode } from './node.ts';

export function hostTree({ functions, slots }: Pick<WholeState, 'functions' | 'slots'>, layout: Layout): readonly HostNode[] {
  switch (layout) {
    case 'groups':
      return groupTree(functions, slots);
    case 'table': {
      const there = new Set(functions.map(({ fid }) => fid));
      return [...functions.map((each) => functionNode(each)), ...slots.filter(({ fid }) => !there.has(fid)).map(slotNode)];
    }
    case 'tree':
      return hasChannels(functions, slots) ? channelTree(functions, slots) : bridgeTree(functions);
  }
}
