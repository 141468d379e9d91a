/** What the process of the command line ends with. */
export const EXIT = {
  done: 0,
  /** What was asked for could not be done: a file that cannot be read, data that does not fit, a training that diverged. */
  failed: 1,
  /** What was asked for makes no sense: an unknown option, a wrong value, a job file with a mistake. */
  usage: 2,
  /** 128 and the number of the signal, as shells count. */
  interrupted: 130,
  terminated: 143,
} as const;
