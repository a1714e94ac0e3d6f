#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# Net::EPP, driven line by line. A question is a JSON object, and so is its answer.
#   {"verb": "check", "object": "imei", "children": [["name", {}, "352106050544203"]], "clTRID": "ABC-1"}
#   {"verb": "login", "id": "LEA-1", "pw": "...", "newPW": "...", "lang": "en", "objects": ["imei", ...]}
#   {"verb": "poll", "op": "ack", "id": "7"}   {"verb": "hello"}   {"verb": "logout"}
# Every frame, either way, is kept in the directory for whoever validates them.
use strict;
use warnings;
use JSON::PP;
use Net::EPP::Client;
use Net::EPP::Frame;
use Net::EPP::Frame::Command::Poll::Ack;
use Net::EPP::Frame::Command::Poll::Req;

my ($port, $certificate, $key, $ca, $directory) = @ARGV;
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $kept = 0;
$| = 1;

sub keep {
    my ($direction, $xml) = @_;
    open(my $out, '>:raw', sprintf('%s/%04d-%s.xml', $directory, ++$kept, $direction)) or die "$directory: $!";
    print $out $xml;
    close($out);
    return $xml;
}

sub uri { return "urn:ietf:params:xml:ns:$_[0]-1.0" }

# A child is [NAME, {ATTRIBUTE: VALUE}, TEXT or CHILD...]; NAME may bring its own object: "imei:from".
sub add_children {
    my ($frame, $parent, $object, @children) = @_;
    for my $child (@children) {
        my ($name, $attributes, @inside) = @$child;
        my $of = $name =~ s/^(\w+):// ? $1 : $object;
        my $node = $frame->createElement($name);
        $node->setNamespace(uri($of), $of);
        $node->setAttribute($_ => $attributes->{$_}) for sort keys %$attributes;
        $parent->addChild($node);
        if (@inside && !ref $inside[0]) {
            $node->appendText($inside[0]);
        } else {
            add_children($frame, $node, $of, @inside);
        }
    }
}

sub login_frame {
    my ($ask) = @_;
    my $frame = Net::EPP::Frame::Command::Login->new;
    $frame->clID->appendText($ask->{id});
    $frame->pw->appendText($ask->{pw});
    if (defined $ask->{newPW}) {
        my $new = $frame->createElement('newPW');
        $new->appendText($ask->{newPW});
        $frame->pw->parentNode->insertAfter($new, $frame->pw);
    }
    $frame->version->appendText($ask->{version} // '1.0');
    $frame->lang->appendText($ask->{lang} // 'en');
    for my $object (@{$ask->{objects}}) {
        my $node = $frame->createElement('objURI');
        $node->appendText(uri($object));
        $frame->svcs->appendChild($node);
    }
    return $frame;
}

sub frame_for {
    my ($ask) = @_;
    my $verb = $ask->{verb};
    return Net::EPP::Frame::Hello->new if $verb eq 'hello';
    my $frame;
    if ($verb eq 'login') {
        $frame = login_frame($ask);
    } elsif ($verb eq 'poll') {
        $frame = $ask->{op} eq 'ack' ? Net::EPP::Frame::Command::Poll::Ack->new : Net::EPP::Frame::Command::Poll::Req->new;
        $frame->setMsgID($ask->{id}) if $ask->{op} eq 'ack';
    } else {
        my $class = 'Net::EPP::Frame::Command::' . ucfirst $verb;
        $frame = $class->new;
        if (defined $ask->{object}) {
            my $node = $frame->addObject($ask->{object}, uri($ask->{object}));
            add_children($frame, $node, $ask->{object}, @{$ask->{children} // []});
        }
        $frame->getCommandNode->setAttribute('op' => 'query') if $verb eq 'transfer';
    }
    $frame->clTRID->appendText($ask->{clTRID} // 'NET-EPP-1');
    return $frame;
}

sub text_of {
    my ($document, $name) = @_;
    return [map { $_->textContent } $document->getElementsByLocalName($name)];
}

my $parser = XML::LibXML->new;
my $epp = Net::EPP::Client->new(host => '127.0.0.1', port => $port, ssl => 1);
my $greeting = $epp->connect(
    SSL_cert_file => $certificate, SSL_key_file => $key, SSL_ca_file => $ca, SSL_verify_mode => 1,
    SSL_verifycn_scheme => 'none');
keep('greeting', $greeting);
my $first = $parser->parse_string($greeting);
print $json->encode({objects => text_of($first, 'objURI'), languages => text_of($first, 'lang')}), "\n";

while (my $line = <STDIN>) {
    my $frame = frame_for($json->decode($line));
    my $answer = $epp->request(keep('asked', $frame->toString));
    keep('answered', $answer);
    my $document = $parser->parse_string($answer);
    my ($result) = $document->getElementsByLocalName('result');
    my %said = map { $_ => text_of($document, $_) }
        qw(msg name reason value clTRID svTRID id state svID manufacturer imsi msisdn list);
    my ($queue) = $document->getElementsByLocalName('msgQ');
    print $json->encode({
        code => $result ? 0 + $result->getAttribute('code') : 0,
        lang => ($document->getElementsByLocalName('msg'))[0] ? ($document->getElementsByLocalName('msg'))[0]->getAttribute('lang') : undef,
        avail => [map { $_->getAttribute('avail') } grep { $_->hasAttribute('avail') } $document->getElementsByTagName('*')],
        queue => $queue ? {count => 0 + $queue->getAttribute('count'), id => $queue->getAttribute('id')} : undef,
        %said,
    }), "\n";
}
