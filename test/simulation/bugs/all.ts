/** Every bug that is planted, one at a time. */

import { aNumberTwice } from './a-number-twice.ts';
import { abortAfterTheIntent } from './abort-after-the-intent.ts';
import { actOnAnOldRead } from './act-on-an-old-read.ts';
import { adoptWithoutAnIntent } from './adopt-without-an-intent.ts';
import type { Bug } from './bug.ts';
import { clientsNotKilled } from './clients-not-killed.ts';
import { coolDownIgnored } from './cool-down-ignored.ts';
import { deafToOtherMasters } from './deaf-to-other-masters.ts';
import { failoverWhilePaused } from './failover-while-paused.ts';
import { freshConnection } from './fresh-connection.ts';
import { handOverAtUnequalOffsets } from './hand-over-at-unequal-offsets.ts';
import { jumpIgnored } from './jump-ignored.ts';
import { lateRepliesIgnored } from './late-replies-ignored.ts';
import { leaseByRev } from './lease-by-rev.ts';
import { leaseNotAskedAgain } from './lease-not-asked-again.ts';
import { noVigil } from './no-vigil.ts';
import { oneStepTransaction } from './one-step-transaction.ts';
import { pauseForAnHour } from './pause-for-an-hour.ts';
import { priorityIgnored } from './priority-ignored.ts';
import { promoteAlthoughTheMasterIsBack } from './promote-although-the-master-is-back.ts';
import { promoteBeforeTheDemotion } from './promote-before-the-demotion.ts';
import { promoteInTheMiddleOfASynchronization } from './promote-in-the-middle-of-a-synchronization.ts';
import { removeBehindAnIntent } from './remove-behind-an-intent.ts';
import { repairDuringAFailover } from './repair-during-a-failover.ts';
import { reportsOfAnotherAddress } from './reports-of-another-address.ts';
import { resetDuringAPromotion } from './reset-during-a-promotion.ts';
import { resetForgetsWhatStrayed } from './reset-forgets-what-strayed.ts';
import { resumeWithAnother } from './resume-with-another.ts';
import { skipTheIntent } from './skip-the-intent.ts';
import { staleAtFirstRead } from './stale-at-first-read.ts';
import { switchOnALook } from './switch-on-a-look.ts';
import { takeInAStranger } from './take-in-a-stranger.ts';
import { theWorstReplica } from './the-worst-replica.ts';
import { toldBeforeWritten } from './told-before-written.ts';
import { twoIntentsInOneEpoch } from './two-intents-in-one-epoch.ts';
import { vetoIgnored } from './veto-ignored.ts';
import { voteForOneself } from './vote-for-oneself.ts';
import { voteTwice } from './vote-twice.ts';
import { writeOnAReReadRev } from './write-on-a-re-read-rev.ts';
import { writersNotLetGo } from './writers-not-let-go.ts';
import { wrongClockIgnored } from './wrong-clock-ignored.ts';

export const BUGS: readonly Bug[] = [
  actOnAnOldRead,
  voteTwice,
  skipTheIntent,
  twoIntentsInOneEpoch,
  repairDuringAFailover,
  oneStepTransaction,
  freshConnection,
  switchOnALook,
  adoptWithoutAnIntent,
  leaseByRev,
  reportsOfAnotherAddress,
  abortAfterTheIntent,
  writeOnAReReadRev,
  resetDuringAPromotion,
  noVigil,
  leaseNotAskedAgain,
  theWorstReplica,
  promoteBeforeTheDemotion,
  resetForgetsWhatStrayed,
  takeInAStranger,
  toldBeforeWritten,
  priorityIgnored,
  promoteAlthoughTheMasterIsBack,
  vetoIgnored,
  handOverAtUnequalOffsets,
  failoverWhilePaused,
  coolDownIgnored,
  promoteInTheMiddleOfASynchronization,
  removeBehindAnIntent,
  clientsNotKilled,
  pauseForAnHour,
  writersNotLetGo,
  wrongClockIgnored,
  jumpIgnored,
  resumeWithAnother,
  voteForOneself,
  lateRepliesIgnored,
  staleAtFirstRead,
  deafToOtherMasters,
  aNumberTwice,
];
