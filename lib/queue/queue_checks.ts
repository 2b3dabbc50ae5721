/** Checks of what callers hand to the queue. */

import { ValidationError } from "../core/mod.ts";
import { maxBatchSize, maxFlowNameLength } from "./queue_record.ts";

/**
 * Checks the name of a flow.
 *
 * @throws ValidationError when it is empty, longer than 100 characters, or holds a NUL character.
 */
export function checkFlowName(flowName: string): void {
  if (flowName.trim() === "") throw new ValidationError("Cannot use an empty flow name");
  if (flowName.length > maxFlowNameLength || flowName.includes("\0")) {
    throw new ValidationError(
      `Cannot use the flow name "${
        flowName.slice(0, 40)
      }…" as it must have 1 to ${maxFlowNameLength} characters and no NUL: it has ${flowName.length}`,
    );
  }
}

/**
 * Checks how many records a claim asks for.
 *
 * @throws ValidationError when it is not a whole number from 1 to 10000.
 */
export function checkBatchSize(batchSize: number): void {
  checkWhole("claim records", "batch size", batchSize, 1, maxBatchSize);
}

/**
 * Checks a whole number.
 *
 * @throws ValidationError that names the action, the thing, its range and its value.
 */
export function checkWhole(
  action: string,
  name: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`;
  throw new ValidationError(
    `Cannot ${action} as ${name} must be a whole number ${range}: it is ${value}`,
  );
}
