/** Every promise that is held at every step. */
import type { Acknowledged } from '../world/client.ts';
import type { SimulatedNode } from '../world/node.ts';
import {
  noFailoverOverAVeto,
  noIntentOnceTheMasterIsBack,
  nothingBeginsThatIsHeldBack,
} from './beginnings.ts';
import { eligibleAsSeen, theBestOfThoseSeen } from './choices.ts';
import { epochsGrow } from './epochs.ts';
import { eventsInOrder } from './events.ts';
import { aQuorumsEvidence } from './evidence.ts';
import { frozenWithoutTheTable, twoStepsOnTheLooksConnection } from './fences.ts';
import { demotedWhenEqual, nobodyIsLeftPaused, nothingIsLostInAHandOver } from './hand-overs.ts';
import { noRemovalBehindAnIntent, oneIntentAnEpoch, resumedWithTheSame } from './intents.ts';
import { oneLeaderAnEpoch } from './leaders.ts';
import { nothingIsGivenUp, promotedWithTheData } from './losses.ts';
import type { OracleOf } from './oracle.ts';
import { promotedByTheLeaderAlone } from './promotions.ts';
import { noMasterIsForgotten } from './pulses.ts';
import { evidenceBeforeAuthority } from './repairs.ts';
import { learntFromTheNamedMaster } from './replicas.ts';
import { nobodyFollowsAStranger, theNamedMasterStays } from './roles.ts';
import { nothingFromBeforeAStall } from './stalls.ts';
import { switchedOnOnesOwnReply } from './switches.ts';
import { laterWordsCountHigher, writtenBeforeItIsTold } from './tellings.ts';
import { everyRoleChangeIsFenced } from './transactions.ts';
import { downInTruth } from './truths.ts';
import { oneVoteAnEpoch } from './votes.ts';

const ORACLES: readonly OracleOf[] = [
  oneLeaderAnEpoch,
  oneVoteAnEpoch,
  epochsGrow,
  oneIntentAnEpoch,
  promotedByTheLeaderAlone,
  switchedOnOnesOwnReply,
  evidenceBeforeAuthority,
  theNamedMasterStays,
  nobodyFollowsAStranger,
  twoStepsOnTheLooksConnection,
  frozenWithoutTheTable,
  nothingFromBeforeAStall,
  learntFromTheNamedMaster,
  eventsInOrder,
  writtenBeforeItIsTold,
  laterWordsCountHigher,
  aQuorumsEvidence,
  theBestOfThoseSeen,
  eligibleAsSeen,
  nothingBeginsThatIsHeldBack,
  noFailoverOverAVeto,
  noIntentOnceTheMasterIsBack,
  noRemovalBehindAnIntent,
  demotedWhenEqual,
  everyRoleChangeIsFenced,
  noMasterIsForgotten,
];

/** What is so in truth, whatever anybody saw. */
export interface Truth {
  readonly nodes: readonly SimulatedNode[];
  readonly acknowledged: () => readonly Acknowledged[];
  /** For how long a zone could not have had a valid reply of a node, at that moment. */
  readonly unreachableMs: (zone: string, node: string, at: number) => number;
}

/** Those that judge by the truth. */
export function oraclesOf({ nodes, acknowledged, unreachableMs }: Truth): readonly OracleOf[] {
  const nodeOf = (id: string) => nodes.find((node) => node.id === id);
  return [
    ...ORACLES,
    nothingIsLostInAHandOver(acknowledged, nodeOf),
    nobodyIsLeftPaused(nodeOf),
    resumedWithTheSame(nodeOf),
    downInTruth(unreachableMs),
    nothingIsGivenUp(nodes),
    promotedWithTheData(nodes),
  ];
}
