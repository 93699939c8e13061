/** Invokes sentinel functions without waiting for them to run (`Event`). */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

/** @throws the SDK's error when Lambda does not accept the invocation. */
export async function invokeAsynchronously(
  client: LambdaClient,
  functionName: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  await client.send(
    new InvokeCommand({
      FunctionName: functionName,
      InvocationType: 'Event',
      Payload: new TextEncoder().encode(JSON.stringify(payload)),
    }),
  );
}
