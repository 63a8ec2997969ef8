/**
 * Reads reports of vitest in JSON:
 *
 *     node .ci/report.mjs counts REPORT CODE   prints `passed failed skipped`; a run that ended with a CODE other than 0, but names no failed test, has one failure
 *     node .ci/report.mjs failed REPORT        prints a line for each failed test: its file, its name and the beginning of the message
 *     node .ci/report.mjs files REPORT         prints the files with failed tests
 */

import { readFileSync } from 'node:fs'

const [, , command, path, code = '0'] = process.argv
const report = JSON.parse(readFileSync(path, 'utf8'))
const firstLine = (text) => text?.split('\n')[0]

const commands = {
  counts() {
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: todo } = report
    return [[passed, failed === 0 && code !== '0' ? 1 : failed, pending + todo].join(' ')]
  },
  failed() {
    return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
      const failed = assertionResults
        .filter((test) => test.status === 'failed')
        .map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`)
      return status === 'failed' && failed.length === 0 ? [`${name}: ${firstLine(message)}`] : failed
    })
  },
  files() {
    return report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name)
  },
}

console.log(commands[command]().join('\n'))
