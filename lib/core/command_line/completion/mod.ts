/** Completion of the scripts' words in bash, zsh and fish, from the tables that the help shows. */

export { completionScript, type Shell, shells } from "./completion_script.ts";
export {
  type CommandWords,
  completionWords,
  type OptionWords,
  type ScriptWords,
  type ValueWords,
} from "./completion_words.ts";
export { type Deck, type TaskWords, taskWords } from "./task_words.ts";
