import { delimiter } from 'node:path'
import { expect, it } from 'vitest'
import { pythonEnvironment } from '../../../../src/engine/torch/python/environment.ts'

const of = (PYTHONPATH: string) => pythonEnvironment({ PYTHONPATH: PYTHONPATH.replaceAll(':', delimiter) }, '/project')

it('a Python imports no module of the current folder by PYTHONPATH', () => {
  for (const none of ['', ':', '.', 'lib', '/project', '/project/', '/project/../project', './:../x:'])
    expect(of(none)).toEqual({})
  expect(of(':/opt/torch:lib:/project/own:')).toEqual({ PYTHONPATH: `/opt/torch${delimiter}/project/own` })
})

it('a Python is not told of the library of another by PYTHONHOME, and nothing else changes', () => {
  const own = { PATH: '/bin', PYTHONUNBUFFERED: '1' }
  expect(pythonEnvironment({ ...own, PYTHONHOME: '/opt/other' }, '/project')).toEqual(own)
  expect(pythonEnvironment(own, '/project')).toEqual(own)
})
