/** Every promise that is held at every step. */
import { theBestOfThoseSeen } from './choices.ts';
import { epochsGrow } from './epochs.ts';
import { eventsInOrder } from './events.ts';
import { aQuorumsEvidence } from './evidence.ts';
import { frozenWithoutTheTable, twoStepsOnTheLooksConnection } from './fences.ts';
import { oneIntentAnEpoch } from './intents.ts';
import { oneLeaderAnEpoch } from './leaders.ts';
import type { OracleOf } from './oracle.ts';
import { promotedByTheLeaderAlone } from './promotions.ts';
import { evidenceBeforeAuthority } from './repairs.ts';
import { learntFromTheNamedMaster } from './replicas.ts';
import { nobodyFollowsAStranger, theNamedMasterStays } from './roles.ts';
import { nothingFromBeforeAStall } from './stalls.ts';
import { switchedOnOnesOwnReply } from './switches.ts';
import { writtenBeforeItIsTold } from './tellings.ts';
import { oneVoteAnEpoch } from './votes.ts';

export const ORACLES: readonly OracleOf[] = [
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
  aQuorumsEvidence,
  theBestOfThoseSeen,
];
