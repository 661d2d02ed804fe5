import { describeFleetStore } from '../../../test/conformance/fleet-store/suite.ts';
import { memoryFleet } from './memory-fleet.ts';

describeFleetStore({
  title: 'in memory',
  lacks: {},
  make: async () => {
    const fleet = memoryFleet();
    const refusing = async (code: 'fleet-full' | 'fleet-unwritable', work: () => Promise<void>): Promise<void> => {
      fleet.refuse(code);
      await work();
      fleet.refuse(undefined);
    };
    return {
      open: async () => fleet.open(),
      end: async () => undefined,
      loseAnswer: async (_, way) => fleet.loseAnswers(way),
      holdBack: async () => {
        fleet.loseAnswers('late');
        return async () => fleet.deliver()[0];
      },
      cutWatches: async () => fleet.cutWatches(),
      compact: async () => fleet.compact(),
      silence: async (store) => {
        fleet.silence(store);
        fleet.pass(2);
      },
      whileFull: (_, work) => refusing('fleet-full', work),
      whileReadOnly: (_, work) => refusing('fleet-unwritable', work),
    };
  },
});
