// The program of a launcher (launcher.ts): takes commands on stdin, starts each in its own process group, passes on what it
// prints and how it ended. Perl without modules: it starts in 2 ms, and unlike a shell it distinguishes an exit code from
// a signal, passes any environment on unchanged, and creates process groups without a terminal. Knows no tasks.

/*
 * To it:    E LENGTH \n ENV            the environment from now on: NAME=VALUE, NUL between them
 *           R LENGTH \n FIELDS         run: cwd, stdin, stdout, stderr, shell, text, argv …, NUL between; no path: the pipe,
 *                                      one for both (stdin: nothing). With text: that goes to the shell where argv cannot be run
 *           P \n                       which pid?
 *           D \n                       wait no longer for the end of the output
 * From it:  h \n                       ready
 *           p PID \n                   what runs now, when asked or after some time
 *           o LENGTH \n BYTES          what was printed
 *           x PID STATUS ALIVE \n      wait(2)'s status; 1: others are left in the group
 *           f ERRNO \n                 could not be started (instead of x and z)
 *           z \n                       all output has been passed on; ready for the next
 *
 * Its end of input is the end of tg: it kills what still runs, and lives until that is gone.
 */
export const LAUNCHER_SCRIPT: string = String.raw`
use strict;
$^F = 2;
my ($in, $pid, $pwd) = ('', 0);
my $own = $$;
pipe my $fault, my $tell_fault;
open my $from, '<&', \*STDIN;
open my $to, '>&', \*STDOUT;
my $in_fd = fileno $from;
open my $null, '>', '/dev/null';
alone();
sub leave {
  kill 'KILL', $$ if $$ != $own;
  if ($pid) {
    kill 'KILL', -$pid;
    waitpid $pid, 0;
    for (1 .. 100) { kill 0, -$pid or last; select undef, undef, undef, 0.02 }
  }
  exit 0;
}
$SIG{CHLD} = sub {};
$SIG{TERM} = $SIG{HUP} = $SIG{INT} = $SIG{PIPE} = \&leave;
sub put {
  my $at = 0;
  while ($at < length $_[0]) {
    my $wrote = syswrite $to, $_[0], length($_[0]) - $at, $at;
    if (defined $wrote) { $at += $wrote } elsif ($! != 4) { leave() }
  }
}
sub more {
  my $got = sysread $from, $in, 65536, length $in;
  leave() if defined $got ? $got == 0 : $! != 4;
}
sub line {
  more() while index($in, "\n") < 0;
  my $line = substr $in, 0, index($in, "\n") + 1, '';
  chop $line;
  return $line;
}
sub bytes {
  more() while length $in < $_[0];
  return substr $in, 0, $_[0], '';
}
sub alone {
  open STDIN, '<', '/dev/null';
  open STDOUT, '>&', $null;
  open STDERR, '>&', $null;
}
sub refuse {
  my $errno = $! + 0;
  alone();
  put("f $errno\n");
}
sub run {
  my ($cwd, $stdin, $stdout, $stderr, $shell, $text, @argv) = @_;
  # All that can be done before the fork: each page that the child writes to is copied.
  pipe my $out, my $out_end;
  chdir $cwd or return refuse();
  my $there = $text ne '' ? $cwd : $pwd;
  if (!defined $there) { delete $ENV{PWD} } elsif (!defined $ENV{PWD} or $ENV{PWD} ne $there) { $ENV{PWD} = $there }
  $stdin eq '' or open STDIN, '<', $stdin or return refuse();
  if ($stdout eq '') { open STDOUT, '>&', $out_end } else { open STDOUT, '>', $stdout or return refuse() }
  if ($stderr eq '') { open STDERR, '>&', $out_end }
  elsif ($stderr eq $stdout) { open STDERR, '>&', \*STDOUT }
  else { open STDERR, '>', $stderr or return refuse() }
  close $out_end;
  $pid = fork;
  if (defined $pid and $pid == 0) {
    setpgrp 0, 0;
    exec { $argv[0] } @argv;
    exec { $shell } $shell, '-c', $text if $text ne '';
    syswrite $tell_fault, $! + 0;
    kill 'KILL', $$;
  }
  my $failed = defined $pid ? 0 : $!;
  if ($stdin ne '') { alone() } else { open STDOUT, '>&', $null; open STDERR, '>&', $null }
  if ($failed) { $pid = 0; $! = $failed; return refuse() }
  setpgrp $pid, $pid;
  follow($out);
  $pid = 0;
}
sub follow {
  my ($open) = @_;
  my ($told, $status, $pause) = (0, undef, 0.0005);
  for (;;) {
    if (!defined $status and waitpid($pid, 1) == $pid) {
      $status = $?;
      if ($status == 9) {
        vec(my $set = '', fileno $fault, 1) = 1;
        if (select $set, undef, undef, 0) {
          sysread $fault, my $errno, 16;
          return put("f $errno\n");
        }
      }
      put("x $pid $status " . (kill(0, -$pid) ? 1 : 0) . "\n" . ($open ? '' : "z\n"));
    }
    return if defined $status and !$open;
    my $set = '';
    vec($set, $_, 1) = 1 for $in_fd, $open ? fileno $open : ();
    # A signal that comes between the question above and this wait is not heard: never wait for ever.
    my $found = select $set, undef, undef, !$open ? $pause : defined $status ? undef : $told ? 0.25 : 0.03;
    if ($found > 0) {
      if ($open and vec $set, fileno $open, 1) {
        my $got = sysread $open, my $bytes, 65536;
        if ($got) { put("o $got\n$bytes") } elsif (defined $got or $! != 4) { $open = undef }
      }
      more() if vec $set, $in_fd, 1;
      while ($in =~ s/^([PD])\n//) {
        if ($1 eq 'D') { $open = undef } else { put("p $pid\n"); $told = 1 }
      }
      put("z\n") if defined $status and !$open;
    }
    elsif ($found == 0) {
      $pause = $pause < 0.05 ? $pause * 2 : 0.05 if !$open;
      put("p $pid\n") if !$told;
      $told = 1;
    }
  }
}
put("h\n");
for (;;) {
  my ($what, $length) = split / /, line();
  if ($what eq 'E') {
    %ENV = map { split /=/, $_, 2 } split /\0/, bytes($length);
    $pwd = $ENV{PWD};
  }
  elsif ($what eq 'R') { run(split /\0/, bytes($length), -1) }
}
`;
