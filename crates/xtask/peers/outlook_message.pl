# Email::Outlook::Message: the message as an Internet mail. Its warnings are remarks
# (it warns of every property it does not know), its deaths complaints.
use strict;
use warnings;
use Email::Outlook::Message;

$| = 1;

sub answer {
    my ($kind, $text) = @_;
    $text =~ s/\s+/ /g;
    print "$kind ", substr($text, 0, 300), "\n";
}

$SIG{__WARN__} = sub { answer('remark', $_[0]) };
while (my $path = <STDIN>) {
    $path =~ s/[\r\n]+$//;
    eval {
        my $mail = Email::Outlook::Message->new($path)->to_email_mime->as_string;
        answer('complaint', 'an empty mail') unless length $mail;
        1;
    } or answer('complaint', $@);
    print "done\n";
}
